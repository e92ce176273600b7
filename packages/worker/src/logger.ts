import type { Log, LogFields } from "@gpt-agent/jobs/handler";
import { logLine, type LogLevel } from "@gpt-agent/jobs/log-line";
import winston from "winston";
import { currentLogFields } from "./context.ts";

const line = Symbol.for("message");

/** One pass from entry to line: winston's stock formats walk and copy the entry once each. */
const format = winston.format((entry) => {
  const { level, message, ...fields } = entry;
  entry[line] = logLine(level, message, { ...currentLogFields(), ...fields });
  return entry;
});

export interface ProcessLog extends Log {
  /** Takes a line of level info that is put together already; undefined when that level is not wanted. */
  readonly plain?: ((line: string) => void) | undefined;
}

/** JSON lines on stdout, each with the fields of the job it belongs to. */
export const makeLogger = (
  level: LogLevel,
  fields: LogFields = {},
  stream: NodeJS.WritableStream = process.stdout,
): ProcessLog => {
  const transports = [new winston.transports.Stream({ stream })];
  const logger = winston.createLogger({ level, format: format(), transports, exitOnError: false });

  // A turn of the event loop ends many short jobs at once: their lines share a write.
  let gathered = "";
  const flush = (): void => {
    if (gathered === "") return;
    const lines = gathered;
    gathered = "";
    stream.write(lines);
  };
  if (stream === process.stdout) process.once("exit", flush);
  const plain = (line: string): void => {
    if (gathered === "") setImmediate(flush);
    gathered += `${line}\n`;
  };

  const write = (at: LogLevel) => (message: string, more?: LogFields) => {
    if (!logger.isLevelEnabled(at)) return;
    flush();
    logger.log({ ...fields, ...more, level: at, message });
  };
  return {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    plain: logger.isLevelEnabled("info") ? plain : undefined,
  };
};

/** For trouble that repeats many times a second during an outage: the same message at most once in `everyMs`. */
export const logOccasionally = (log: Log, what: string, everyMs = 30_000): ((error: Error) => void) => {
  const saidAt = new Map<string, number>();
  return (error) => {
    const now = performance.now();
    for (const [message, at] of saidAt) if (now - at > everyMs) saidAt.delete(message);
    if (saidAt.has(error.message)) return;
    saidAt.set(error.message, now);
    log.warn(what, { error });
  };
};
