import type { Log } from "@gpt-agent/jobs/handler";
import { createLogger, format, transports } from "winston";

/** One JSON object per line on stdout, like the workers'. Headers, bodies and query strings are never logged. */
export const makeLog = (level: string): Log => {
  const logger = createLogger({
    level,
    defaultMeta: { service: "api" },
    format: format.combine(describeErrors(), format.timestamp(), format.json()),
    transports: [new transports.Console()],
  });
  return {
    debug: (message, fields) => void logger.debug(message, fields),
    info: (message, fields) => void logger.info(message, fields),
    warn: (message, fields) => void logger.warn(message, fields),
    error: (message, fields) => void logger.error(message, fields),
  };
};

/** An `error` field as its stack and causes; a connection URL in a driver's message loses its credentials. */
const describeErrors = format((info) => {
  if (info["error"] instanceof Error) info["error"] = describe(info["error"]);
  return info;
});

const describe = (error: Error): string => {
  const stack = (error.stack ?? error.message).replaceAll(/\/\/[^\s/@]+@/g, "//[secret]@");
  return error.cause instanceof Error ? `${stack}\ncaused by ${describe(error.cause)}` : stack;
};
