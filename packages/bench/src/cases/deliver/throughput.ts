import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Case } from "../../measure.ts";
import { startInstallation } from "./installation.ts";

/** One round, asked of the process that runs it; it answers with deliveries per CPU second. */
export interface BareAsk {
  readonly ports: readonly number[];
  readonly count: number;
}

/** A backlog to a hundred endpoints, every attempt logged; the worker's own process is what is counted. */
export const deliverThroughput: Case = {
  name: "deliver-throughput",
  unit: "logged deliveries per CPU second of the worker",
  baselineName: "signed and posted, nothing stored",
  goal: { text: "≥ 1,000", holds: ({ ours }) => ours >= 1_000 },
  prepare: async ({ smoke }) => {
    const installation = await startInstallation(smoke ? 10 : 100);
    const { endpointIds, receivers } = installation;
    const messages = smoke ? 20 : 100;
    const bare = fork(fileURLToPath(new URL("bare-process.ts", import.meta.url)));
    const all = (path: string, body: object) =>
      Promise.all(endpointIds.map((id) => installation.post(`endpoints/${id}/${path}`, body)));
    return {
      ours: async () => {
        await all("disable", {});
        for (let n = 0; n < messages; n += 1) {
          await installation.post("messages", { eventType: "order.created", payload: { n, text: "Заказ принят" } });
        }
        const loggedBefore = await installation.loggedAttempts();
        const cpuBefore = await installation.workerCpuSeconds();
        await all("enable", {});
        await installation.drained();
        const cpuSeconds = (await installation.workerCpuSeconds()) - cpuBefore;
        return ((await installation.loggedAttempts()) - loggedBefore) / cpuSeconds;
      },
      baseline: async () => {
        const answered = once(bare, "message");
        bare.send({ ports: receivers.ports, count: messages * endpointIds.length } satisfies BareAsk);
        const [rate] = (await answered) as [number];
        return rate;
      },
      close: async () => {
        bare.kill();
        await installation.stop();
      },
    };
  },
};
