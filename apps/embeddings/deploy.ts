import type { Deploy } from "@gpt-agent/config/deploy";

/** Waits for the provider most of its time; the budget that all instances share is what bounds it, not this. */
export const deploy: Deploy = {
  kind: "worker",
  cpus: 1,
  memoryMb: 512,
  concurrency: 20,
  instances: { min: 1, max: 5 },
  scaleAtLatencySeconds: 60,
  health: "private",
};
