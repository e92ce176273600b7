import type { Deploy } from "@gpt-agent/config/deploy";

/** A delivery waits for somebody else's server and holds its slot until that answers; senders expect seconds. */
export const deploy: Deploy = {
  kind: "worker",
  cpus: 1,
  memoryMb: 512,
  concurrency: 50,
  instances: { min: 1, max: 10 },
  scaleAtLatencySeconds: 15,
  health: "private",
};
