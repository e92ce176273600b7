import { parseArgs, type ParseArgsConfig } from "node:util";

/** The command line's options. What it does not understand ends the program with one line, not a stack trace. */
export const readOptions = <const T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>>["values"] => {
  try {
    return parseArgs(config).values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n--help lists the options.`);
    return process.exit(1);
  }
};
