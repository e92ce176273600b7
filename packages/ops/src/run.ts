import { parseArgs } from "node:util";
import type { EnvSource } from "@gpt-agent/config/read-env";
import type { Command } from "./command.ts";
import { UsageError } from "./command.ts";

export type Commands = Readonly<Record<string, () => Promise<Command>>>;

/** What is printed and how the process ends. 0 fine, 1 not in order or failed, 2 wrong command line. */
export interface Ending {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: 0 | 1 | 2;
}

const everyOption = { json: { type: "boolean" }, help: { type: "boolean", short: "h" } } as const;
const everyUsage = "  --json       one JSON object on stdout instead of text";

const overview = async (commands: Commands): Promise<string> => {
  const loaded = await Promise.all(Object.entries(commands).map(async ([name, load]) => [name, await load()] as const));
  const width = Math.max(...loaded.map(([name]) => name.length));
  const list = loaded.map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return `Usage: pnpm ops <command> [options]\n\n${list.join("\n")}\n\nEach takes --help and --json.\n`;
};

const isParseError = (error: unknown): error is Error =>
  error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");

const parse = (command: Command, args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options: { ...command.options, ...everyOption }, allowPositionals: true });
  } catch (error) {
    if (isParseError(error)) throw new UsageError(error.message, { cause: error });
    throw error;
  }
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const failure = (error: unknown, asJson: boolean): Ending => {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unexpected_error";
  const stdout = asJson ? `${JSON.stringify({ error: { code, message: messageOf(error) } })}\n` : "";
  return { stdout, stderr: `${messageOf(error)}\n`, exitCode: 1 };
};

/** Finds the command, parses its options and runs it. Never throws. */
export const runCommand = async (commands: Commands, args: readonly string[], source?: EnvSource): Promise<Ending> => {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    return { stdout: await overview(commands), stderr: "", exitCode: name === undefined ? 2 : 0 };
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) {
    return { stdout: "", stderr: `There is no command "${name}".\n\n${await overview(commands)}`, exitCode: 2 };
  }
  const command = await load();
  const help = `${command.summary}\n\nUsage: ${command.usage}\n${everyUsage}\n`;
  const asJson = rest.includes("--json");
  try {
    const { values, positionals } = parse(command, rest);
    if (values["help"] === true) return { stdout: help, stderr: "", exitCode: 0 };
    const { text, data, failed } = await command.run({ values, positionals, source });
    return { stdout: `${asJson ? JSON.stringify(data) : text}\n`, stderr: "", exitCode: failed ? 1 : 0 };
  } catch (error) {
    if (error instanceof UsageError) return { stdout: "", stderr: `${error.message}\n\n${help}`, exitCode: 2 };
    return failure(error, asJson);
  }
};
