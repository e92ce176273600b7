import { commands } from "../src/commands.ts";
import { runCommand } from "../src/run.ts";
import type { Ending } from "../src/run.ts";

/** `pnpm ops …` with this environment and no other. */
export const runOps = (args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ending> =>
  runCommand(commands, args, env);

/** The object that `--json` prints. */
export const jsonOf = (ended: Ending): unknown => JSON.parse(ended.stdout);
