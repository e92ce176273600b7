// Writes docs/error-codes.md from the list in packages/jobs; with --check, fails where it differs.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { errorCodes } from "@gpt-agent/jobs/error-codes";

const path = resolve(import.meta.dirname, "../../../../docs/error-codes.md");
const rows = Object.entries(errorCodes).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
const text = `# Error codes

Every code that a document's row, a log line or a problem+json body can carry. Generated from
\`packages/jobs/src/error-codes.ts\` by \`pnpm error-docs\`.

| code | meaning |
|---|---|
${rows.join("\n")}
`;

const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
const stale = !existsSync(path) || readFileSync(path, "utf8") !== text;
if (stale && values.check) {
  process.stdout.write(
    "differs from the code: docs/error-codes.md\nRun `pnpm error-docs` and commit what it writes.\n",
  );
  process.exitCode = 1;
} else if (stale) {
  writeFileSync(path, text);
  process.stdout.write("written: docs/error-codes.md\n");
}
