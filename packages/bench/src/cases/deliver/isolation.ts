import { type Case, quantile } from "../../measure.ts";
import { startInstallation } from "./installation.ts";

/** Bursts to all endpoints, well apart, for longer than one of them takes to time out (15 s). */
export const deliverIsolation: Case = {
  name: "deliver-isolation",
  unit: "ms (p99) from a message to the healthy endpoints, while 1 of 100 hangs",
  baselineName: "all healthy",
  goal: { text: "≤ 1.2 × the baseline", holds: ({ ratio }) => ratio <= 1.2 },
  prepare: async ({ smoke }) => {
    const installation = await startInstallation(smoke ? 10 : 100);
    const { receivers, endpointIds, post } = installation;
    const [patient = "", ...others] = endpointIds;
    const bursts = smoke ? 2 : 10;

    const p99 = async (): Promise<number> => {
      for (let n = 0; n < bursts; n += 1) {
        const nextAtMs = performance.now() + 2_000;
        await post("messages", { eventType: "order.created", payload: { n, sentAtMs: Date.now() } });
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, nextAtMs - performance.now())));
      }
      await installation.drained(others);
      return quantile(await receivers.takeLatenciesMs(), 0.99);
    };
    return {
      ours: async () => {
        await receivers.hang(0);
        const latencyMs = await p99();
        // What still hangs ends, what waits is dropped, and the breaker closed: every round begins alike.
        await receivers.hang(-1);
        await installation.drained([patient], ["sending"]);
        await post(`endpoints/${patient}/enable`, { paused: "cancel" });
        return latencyMs;
      },
      baseline: p99,
      close: installation.stop,
    };
  },
};
