import type { ParseArgsOptionsConfig } from "node:util";
import type { EnvSource } from "@gpt-agent/config/read-env";

/** What a command found or did: for people, and for programs (`--json`). */
export interface Report {
  readonly text: string;
  readonly data: unknown;
  /** The command worked and what it found is not in order: exit 1. */
  readonly failed?: boolean;
}

interface Arguments {
  readonly values: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;
  readonly positionals: readonly string[];
  /** Where variables are read from; undefined for the process itself. */
  readonly source: EnvSource | undefined;
}

export interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  /** Arguments and options, one a line, for `--help`. */
  readonly usage: string;
  readonly options: ParseArgsOptionsConfig;
  run(given: Arguments): Promise<Report>;
}

/** The command line is wrong: exit 2, with the usage. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** The command cannot do what it was asked; the message says what to do instead. */
export class OpsError extends Error {
  override name = "OpsError";
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
