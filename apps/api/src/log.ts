import type { Log, LogFields } from "@gpt-agent/jobs/handler";
import { logLine, type LogLevel } from "@gpt-agent/jobs/log-line";
import { createLogger, format, transports } from "winston";

/** Where winston's transports look for the text to write. */
const text = Symbol.for("message");

const asLine = format((entry) => {
  const { level, message, ...fields } = entry;
  entry[text] = logLine(level, message, { service: "api", ...fields });
  return entry;
});

/** One JSON object per line on stdout, like the workers'. Headers, bodies and query strings are never logged. */
export const makeLog = (level: LogLevel): Log => {
  const logger = createLogger({ level, format: asLine(), transports: [new transports.Console()] });
  const write = (at: LogLevel) => (message: string, fields?: LogFields) =>
    void logger.log({ ...fields, level: at, message });
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
};
