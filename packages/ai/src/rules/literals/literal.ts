import type { Span } from "../sentences.ts";

/** What a text writes rather than names: values. They belong to every ontology. */
export const literalTypes = ["email", "url", "phone", "identifier", "money", "date"] as const;
export type LiteralType = (typeof literalTypes)[number];

/** A value in a text, in UTF-16 units. */
export interface Literal extends Span {
  readonly type: LiteralType;
  /** Equal for equal values, however they are written: "inn 7701234567", "+74951234567", "2024-05-01", "1500000 rub". */
  readonly key: string;
}

export type LiteralFinder = (text: string) => Iterable<Literal>;

export const literal = (type: LiteralType, match: RegExpExecArray, key: string, length = match[0].length): Literal => {
  return { type, start: match.index, end: match.index + length, key };
};
