import { parseArgs } from "node:util";
import { scenarios } from "./scenarios.ts";

const usage = `pnpm test:faults [--only NAME] [--smoke]
  Starts private installations, injects faults, and takes account of every document and chunk.
  --only NAME   one of: ${scenarios.map(({ name }) => name).join(", ")}
  --smoke       fewer documents and faults, about a minute`;

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    smoke: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const chosen = scenarios.filter(({ name }) => values.only === undefined || name === values.only);
if (values.help || chosen.length === 0) {
  console.error(usage);
  process.exit(values.help ? 0 : 2);
}

// Side by side: most of the time is spent waiting for locks to run out and sweeps to come round.
const failures = await Promise.all(
  chosen.map(async ({ name, promise, run }) => {
    const startedAt = performance.now();
    const seconds = () => Math.round((performance.now() - startedAt) / 1_000);
    try {
      console.log(`holds   ${name}: ${promise}\n        ${await run({ smoke: values.smoke })}, ${seconds()} s in all`);
      return 0;
    } catch (error) {
      console.error(`BROKEN  ${name}: ${promise}\n       `, error);
      return 1;
    }
  }),
);
const failed = failures.filter(Boolean).length;
console.log(`\n${chosen.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
