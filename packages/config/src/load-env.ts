import { existsSync, readFileSync } from "node:fs";
import type { EnvDefinition, EnvOf } from "./define-env.ts";
import { readEnv } from "./read-env.ts";
import type { EnvHost, EnvSource, Problem } from "./read-env.ts";

/** BSD's EX_CONFIG: a supervisor can tell a wrong environment from a crash. */
export const configExitCode = 78;

/** The machine, and the two ways out of the process. */
export interface EnvProcess extends EnvHost {
  writeError(text: string): void;
  exit(code: number): never;
}

const realProcess: EnvProcess = {
  readFile: (path) => readFileSync(path, "utf8"),
  inContainer: () =>
    existsSync("/.dockerenv") ||
    existsSync("/run/.containerenv") ||
    process.env["KUBERNETES_SERVICE_HOST"] !== undefined,
  writeError: (text) => void process.stderr.write(text),
  exit: (code) => process.exit(code),
};

/** One message with every problem and its fix. */
const problemMessage = (problems: readonly Problem[]): string => {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  const list = problems.map(({ variable, what, fix }) => `  ${variable} ${what}\n      Fix: ${fix}\n`);
  return `The environment has ${count}; nothing was started.\n\n${list.join("\n")}\nEvery variable is described in docs/environment.md.\n`;
};

/**
 * The typed environment of an app. Where it cannot be had: one message on stderr that lists every problem with its
 * fix and no value, and exit code 78.
 */
export const loadEnv = <D extends EnvDefinition>(
  definition: D,
  source: EnvSource = process.env,
  host: EnvProcess = realProcess,
): EnvOf<D> => {
  const result = readEnv(definition, source, host);
  for (const { variable, what } of result.warnings) host.writeError(`Warning: ${variable} ${what}\n`);
  if (result.ok) return result.env;
  host.writeError(problemMessage(result.problems));
  return host.exit(configExitCode);
};
