import { addresses } from "./addresses.ts";
import { dates, money } from "./amounts.ts";
import { identifiers } from "./identifiers.ts";
import type { Literal, LiteralFinder } from "./literal.ts";

// In this order: the first finder to claim a stretch of text keeps it.
const finders: readonly LiteralFinder[] = [...addresses.slice(0, 2), identifiers, dates, ...addresses.slice(2), money];

/** The values in a text, in its order, without overlaps. */
export const findLiterals = (text: string): Literal[] => {
  const found: Literal[] = [];
  for (const find of finders) {
    for (const literal of find(text)) {
      if (!found.some(({ start, end }) => literal.start < end && start < literal.end)) found.push(literal);
    }
  }
  return found.toSorted((a, b) => a.start - b.start);
};
