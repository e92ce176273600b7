import { UsageError } from "./command.ts";

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** @throws {UsageError} for anything but a uuid */
export const orgIdOf = (text: unknown): string => {
  if (typeof text === "string" && uuid.test(text)) return text.toLowerCase();
  throw new UsageError("Name the organisation with --org: a uuid.");
};
