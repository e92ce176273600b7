import { parseArgs } from "node:util";
import { type Scenario, scenarios } from "./scenarios.ts";

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

const holds = async ({ name, promise, run }: Scenario): Promise<boolean> => {
  const startedAt = performance.now();
  const seconds = () => Math.round((performance.now() - startedAt) / 1_000);
  try {
    console.log(`holds   ${name}: ${promise}\n        ${await run({ smoke: values.smoke })}, ${seconds()} s in all`);
    return true;
  } catch (error) {
    console.error(`BROKEN  ${name}: ${promise}\n       `, error);
    return false;
  }
};

// A smoke runs them side by side: most of its time is spent waiting for locks to run out and sweeps to come round.
const results: boolean[] = [];
if (values.smoke) results.push(...(await Promise.all(chosen.map(holds))));
else for (const scenario of chosen) results.push(await holds(scenario));
const failed = results.filter((held) => !held).length;
console.log(`\n${chosen.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
