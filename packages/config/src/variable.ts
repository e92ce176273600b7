import { z } from "zod";
import { makeSecret } from "./secret.ts";
import type { Secret } from "./secret.ts";

/** One environment variable: how it is read, and everything that `.env.example` and the documentation say of it. */
export interface Variable<T = unknown> {
  readonly name: string;
  /** One sentence: what it is for. */
  readonly description: string;
  /** What may be written, in a few words, for the documentation's table. */
  readonly form: string;
  /** A harmless example. Never a value that would work as a secret. */
  readonly example: string;
  /** Text that stands in when nothing is set; parsed like any other. */
  readonly default?: string;
  readonly need: "required" | "required in production" | "optional";
  /** A secret may come from a file (`NAME_FILE`). */
  readonly secret: boolean;
  /** Taken to the byte: surrounding spaces and quotes are not forgiven, because they may belong to the value. */
  readonly exact?: boolean;
  /** What to do when it is missing or malformed and the parser knows nothing better. */
  readonly fix: string;
  readonly schema: z.ZodType<T, string>;
}

type Spec<T> = Omit<Variable<T>, "need" | "secret" | "default"> & { readonly secret?: boolean };

export const required = <T>(spec: Spec<T>): Variable<T> => ({ secret: false, ...spec, need: "required" });

export const requiredInProduction = <T>(spec: Spec<T>): Variable<T | undefined> => ({
  secret: false,
  ...spec,
  need: "required in production",
});

export const optional = <T>(spec: Spec<T>): Variable<T | undefined> => ({ secret: false, ...spec, need: "optional" });

export const withDefault = <T>(spec: Spec<T> & { readonly default: string }): Variable<T> => ({
  secret: false,
  ...spec,
  need: "optional",
});

/** Why a text is not accepted. Neither sentence may repeat the text. */
export interface Refusal {
  readonly refused: string;
  readonly fix: string | undefined;
}

const refusals = new WeakSet<object>();

export const refuse = (what: string, fix?: string): Refusal => {
  const refusal: Refusal = { refused: what, fix };
  refusals.add(refusal);
  return refusal;
};

const isRefusal = (value: unknown): value is Refusal =>
  typeof value === "object" && value !== null && refusals.has(value);

/** A schema from a parser that returns the value, or `refuse("is not …", "Write …")` where it cannot. */
export const parsedBy = <T>(parse: (text: string) => T | Refusal): z.ZodType<T, string> =>
  z.string().transform((text, context): T => {
    const value = parse(text);
    if (!isRefusal(value)) return value;
    context.addIssue({ code: "custom", message: value.refused, params: { fix: value.fix } });
    return z.NEVER;
  });

export const integer = (min: number, max: number): z.ZodType<number, string> =>
  parsedBy((text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? value : refuse(`is not a whole number from ${min} to ${max}.`);
  });

export const oneOf = <const Options extends readonly string[]>(options: Options): z.ZodType<Options[number], string> =>
  parsedBy((text) => {
    const found = options.find((option) => option === text.toLowerCase());
    return found ?? refuse(`is not one of ${options.join(", ")}.`);
  });

const placeholder =
  /^(change[-_ ]?me.*|replace[-_ ]?me.*|your[-_ ].*|<.*>|\[.*\]|x{3,}|.*(\.\.\.|…)|placeholder|example|todo|secret|password)$/i;

/** True for texts that stand in documentation for a secret and are no secret themselves. */
export const isPlaceholder = (text: string): boolean => placeholder.test(text);

/** A secret of printable ASCII without spaces: what an HTTP header can carry. */
export const secretText = (minLength = 1): z.ZodType<Secret, string> =>
  parsedBy((text) => {
    if (isPlaceholder(text)) return refuse("still holds the placeholder of an example.");
    if (!/^[\x21-\x7e]+$/.test(text)) return refuse("holds a space, a line break or a character outside ASCII.");
    if (text.length < minLength) return refuse(`is shorter than ${minLength} characters.`);
    return makeSecret(text);
  });
