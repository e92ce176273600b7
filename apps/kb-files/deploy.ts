import type { Deploy } from "@gpt-agent/config/deploy";

/** Each job has a parser process of its own, which may grow to 1.5 GB before it is ended: two of them and the worker. */
export const deploy: Deploy = {
  kind: "worker",
  cpus: 2,
  memoryMb: 4096,
  concurrency: 2,
  instances: { min: 1, max: 10 },
  scaleAtLatencySeconds: 60,
  health: "private",
};
