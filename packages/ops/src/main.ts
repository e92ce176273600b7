// The operator's commands: pnpm ops <command>.
import { commands } from "./commands.ts";
import { runCommand } from "./run.ts";

const { stdout, stderr, exitCode } = await runCommand(commands, process.argv.slice(2));
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exitCode = exitCode;
