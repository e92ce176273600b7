import type { Deploy } from "@gpt-agent/config/deploy";

/** Waits for the model; search does not wait for the graph, so it may lag behind. */
export const deploy: Deploy = {
  kind: "worker",
  cpus: 1,
  memoryMb: 1024,
  concurrency: 10,
  instances: { min: 1, max: 5 },
  scaleAtLatencySeconds: 300,
  health: "private",
};
