import { resolve } from "node:path";
import { environment } from "../process/environment.ts";
import { untilStopped } from "../process/until-stopped.ts";
import { startStack } from "../stack.ts";
import { readOptions } from "./read-options.ts";
import { keptDataFolder } from "./repository.ts";
import { runMain } from "./run-main.ts";

const help = `Usage: pnpm stack [options]
Starts a private Redis and a local Supabase on loopback, not for production, and stays up until Ctrl-C or SIGTERM.

  --json            print one JSON object instead of shell variables
  --sql FILE        apply this SQL after the migrations (repeatable)
  --no-migrations   leave the project's own migrations out
  --keep            keep data in .stack between runs
  --help            this text`;

const values = readOptions({
  options: {
    json: { type: "boolean", default: false },
    sql: { type: "string", multiple: true, default: [] },
    migrations: { type: "boolean", default: true },
    keep: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
  allowNegative: true,
});

/** @returns the exit code */
const main = async (): Promise<number> => {
  const stopped = untilStopped();
  const stack = await startStack({
    migrations: values.migrations,
    sqlFiles: values.sql.map((file) => resolve(environment["INIT_CWD"] ?? ".", file)),
    ...(values.keep ? { dataDir: keptDataFolder } : {}),
  });
  const variables = Object.entries(stack.env).map(([name, value]) => `${name}=${value}`);
  console.log(values.json ? JSON.stringify(stack.env) : variables.join("\n"));
  console.error("The stack is up, on this machine only. Not for production. Ctrl-C ends it.");
  try {
    await Promise.race([stopped, stack.failure]);
    return 0;
  } finally {
    await stack.stop();
  }
};

if (values.help) console.log(help);
else runMain(main);
