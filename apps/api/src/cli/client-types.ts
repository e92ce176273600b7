// Writes packages/client/src/generated.ts from the API's own schemas; with --check, fails where it differs.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { makeEndpoints } from "../app.ts";
import { writeClientTypes } from "../client-types.ts";
import { describeApi } from "../openapi.ts";
import type { Ports } from "../ports.ts";
import { queues } from "../queues.ts";

const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
const path = join(import.meta.dirname, "../../../../packages/client/src/generated.ts");
// Endpoints are described, none is called.
const text = writeClientTypes(describeApi(makeEndpoints({ jobs: { queues }, crm: {} } as unknown as Ports)));

if (!values.check) {
  writeFileSync(path, text);
  process.stdout.write("written: packages/client/src/generated.ts\n");
} else if (readFileSync(path, "utf8") !== text) {
  process.stderr.write("packages/client/src/generated.ts is not what the API says. Run: pnpm client-types\n");
  process.exitCode = 1;
}
