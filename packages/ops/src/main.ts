// The operator's commands: pnpm ops <command>.
import { runCommand } from "./run.ts";

const { stdout, stderr, exitCode } = await runCommand(
  {
    doctor: async () => (await import("./commands/doctor.ts")).doctor,
    migrate: async () => (await import("./commands/migrate.ts")).migrate,
    queues: async () => (await import("./commands/queues.ts")).queues,
    failed: async () => (await import("./commands/failed.ts")).failed,
    "retry-failed": async () => (await import("./commands/retry-failed.ts")).retryFailed,
    enqueue: async () => (await import("./commands/enqueue.ts")).enqueue,
  },
  process.argv.slice(2),
);
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exitCode = exitCode;
