import type { Deploy } from "@gpt-agent/config/deploy";

/** Two, so that one may be replaced while the other answers. */
export const deploy: Deploy = {
  kind: "web",
  cpus: 1,
  memoryMb: 1024,
  instances: { min: 2, max: 6 },
};
