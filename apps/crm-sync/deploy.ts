import type { Deploy } from "@gpt-agent/config/deploy";

/** Waits for the CRMs, whose limits all instances share; a page of records in memory for each job. */
export const deploy: Deploy = {
  kind: "worker",
  cpus: 1,
  memoryMb: 1024,
  concurrency: 10,
  instances: { min: 1, max: 5 },
  scaleAtLatencySeconds: 120,
  health: "private",
};
