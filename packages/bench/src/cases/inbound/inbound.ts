import { type Case, quantile } from "../../measure.ts";
import { startInstallation } from "./installation.ts";
import { startLoad } from "./load.ts";

const ratePerSecond = 500;
const connections = 128;

/** From a request to its answer, when the message is on disk. */
export const inboundLatency: Case = {
  name: "inbound-latency",
  unit: `ms (p99) until a message is durable, ${ratePerSecond}/s`,
  baselineName: "GET /health at the same rate",
  goal: { text: "< 10 ms", holds: ({ ours }) => ours < 10 },
  prepare: async ({ smoke }) => {
    const installation = await startInstallation();
    const load = startLoad();
    const shape = { seconds: smoke ? 2 : 15, ratePerSecond, connections };
    const p99 = async (target: { readonly url: string; readonly secret?: string }): Promise<number> =>
      quantile((await load.run({ ...target, ...shape })).latenciesMs, 0.99);
    return {
      ours: () => p99(installation.hook),
      baseline: () => p99(installation.health),
      close: async () => {
        load.stop();
        await installation.stop();
      },
    };
  },
};

/** As many senders as there are connections, each as fast as it is answered. */
export const inboundSaturation: Case = {
  name: "inbound-saturation",
  unit: "durable messages per CPU second of the API's process",
  baselineName: "GET /health",
  goal: { text: "≥ 1,000", holds: ({ ours }) => ours >= 1_000 },
  prepare: async ({ smoke }) => {
    const installation = await startInstallation();
    const load = startLoad();
    const perCpuSecond = async (target: { readonly url: string; readonly secret?: string }): Promise<number> => {
      const before = await installation.cpuSeconds();
      const { latenciesMs } = await load.run({ ...target, seconds: smoke ? 2 : 10, connections });
      return latenciesMs.length / ((await installation.cpuSeconds()) - before);
    };
    return {
      ours: () => perCpuSecond(installation.hook),
      baseline: () => perCpuSecond(installation.health),
      close: async () => {
        load.stop();
        await installation.stop();
      },
    };
  },
};
