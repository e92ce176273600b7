// Scaffolds: pnpm gen worker <name>.
import { join } from "node:path";
import { UsageError } from "../command.ts";
import { generateWorker } from "./generate-worker.ts";

const usage = `Usage: pnpm gen worker <name>

Writes packages/jobs/src/queues/<name>.ts and apps/<name>, a worker in the shape of all others whose tests pass as they
stand. Nothing is overwritten.
`;

const [what, name] = process.argv.slice(2);
try {
  if (what === undefined || what === "--help" || what === "-h") {
    process.stdout.write(usage);
  } else if (what !== "worker") {
    throw new UsageError(`There is no generator "${what}".`);
  } else {
    const written = await generateWorker(join(import.meta.dirname, "../../../.."), name);
    process.stdout.write(
      `Written:\n  ${written.join("\n  ")}\n\nNext: pnpm install, pnpm env-docs, pnpm test. Then read apps/${name}/src/handler.ts.\n`,
    );
  }
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n\n${usage}`);
  process.exitCode = 2;
}
