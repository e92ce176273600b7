import { withoutLegalForm } from "../legal-forms.ts";
import type { NameKind } from "./name-facts.ts";
import { personParts } from "./person-names.ts";
import { soundOf } from "./sound.ts";
import { fold, wordsOf } from "./words.ts";

const pairsOf = (text: string): string[] =>
  Array.from({ length: Math.max(text.length - 1, 0) }, (_, i) => text.slice(i, i + 2));

/** Dice's coefficient over pairs of letters. */
export const likeness = (a: string, b: string): number => {
  const [x, y] = [pairsOf(a), pairsOf(b)];
  const rest = [...y];
  let common = 0;
  for (const pair of x) {
    const at = rest.indexOf(pair);
    if (at < 0) continue;
    rest.splice(at, 1);
    common += 1;
  }
  return x.length + y.length === 0 ? 0 : (2 * common) / (x.length + y.length);
};
const alike = 0.75;
const longestCompared = 80;

/**
 * Whether two names may be one thing's, once something else says so. A parent and its branch share their site: a name within a
 * longer one is not enough.
 */
export const areAlike = (kind: NameKind, a: string, b: string): boolean => {
  if (kind === "person") {
    const [one, other] = [personParts(a), personParts(b)];
    const [first, second] = [one.given ?? "", other.given ?? ""];
    const fits =
      first === "" ||
      second === "" ||
      first === second ||
      (first.length === 1 || second.length === 1 ? first[0] === second[0] : false);
    return one.surname !== undefined && one.surname === other.surname && fits;
  }
  const [one, other] = [a, b].map((name) =>
    wordsOf(withoutLegalForm(wordsOf(fold(name)).join(" "))).slice(0, longestCompared),
  );
  if (!one || !other) return false;
  const [x, y] = [soundOf(one) ?? one.join(" "), soundOf(other) ?? other.join(" ")];
  const initials = (words: readonly string[]): string => words.map((word) => word[0]).join("");
  const isShort = (short: readonly string[], long: readonly string[]): boolean =>
    short.length === 1 && long.length > 1 && short[0] === initials(long);
  if (isShort(one, other) || isShort(other, one)) return true;
  return one.length === other.length && likeness(x.slice(0, longestCompared), y.slice(0, longestCompared)) >= alike;
};
