import type { Commands } from "./run.ts";

/** Loaded when called for, so that one command never waits for, or fails with, another's dependencies. */
export const commands: Commands = {
  doctor: async () => (await import("./commands/doctor.ts")).doctor,
  migrate: async () => (await import("./commands/migrate.ts")).migrate,
  org: async () => (await import("./commands/org.ts")).org,
  "erase-org": async () => (await import("./commands/erase-org.ts")).eraseOrg,
  export: async () => (await import("./commands/export.ts")).exportOrg,
  "rotate-keys": async () => (await import("./commands/rotate-keys.ts")).rotateKeys,
  limits: async () => (await import("./commands/limits.ts")).limits,
  key: async () => (await import("./commands/key.ts")).key,
  queues: async () => (await import("./commands/queues.ts")).queues,
  failed: async () => (await import("./commands/failed.ts")).failed,
  "retry-failed": async () => (await import("./commands/retry-failed.ts")).retryFailed,
  enqueue: async () => (await import("./commands/enqueue.ts")).enqueue,
};
