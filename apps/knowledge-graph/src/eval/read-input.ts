import { readFile } from "node:fs/promises";

/** What is wrong with a command's input, for people; no stack. */
export class InputError extends Error {}

const kindOf = (value: unknown): string => {
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : typeof value === "object" ? "an object" : `a ${typeof value}`;
};

/** @throws {InputError} where the file cannot be read; "-" is standard input */
export const readInput = async (file: string): Promise<string> => {
  try {
    return (await readFile(file === "-" ? "/dev/stdin" : file, "utf8")).replace(/^\uFEFF/, "");
  } catch (error) {
    throw new InputError(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
};

/** @param what names the text in the message: "names.json", "line 7" */
export const parseJson = (text: string, what: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError(`${what} is no JSON: ${(error as Error).message}`, { cause: error });
  }
};

export const asArray = (value: unknown, what: string): readonly unknown[] => {
  if (!Array.isArray(value)) throw new InputError(`${what} must be a JSON array, not ${kindOf(value)}`);
  return value;
};

export const asRecord = (value: unknown, what: string): Readonly<Record<string, unknown>> => {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new InputError(`${what} must be a JSON object, not ${kindOf(value)}`);
  return value as Record<string, unknown>;
};

/** A text; numbers and truth values as they are written. Undefined: anything else, null too. */
export const asText = (value: unknown): string | undefined =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;

export const warn = (message: string): void => void process.stderr.write(`${message}\n`);
