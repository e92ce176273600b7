import type { LogFields } from "./handler.ts";
import { redactFields, redactText } from "./redact.ts";

export type LogLevel = "error" | "warn" | "info" | "debug";

/** One line of a log as every program of ours writes it: a JSON object, secrets redacted by name and by look. */
export const logLine = (level: string, message: unknown, fields: LogFields): string =>
  redactText(JSON.stringify({ time: new Date().toISOString(), level, message, ...fields }, redactFields));
