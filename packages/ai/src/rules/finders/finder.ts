import { caseStems } from "../../names/case-stem.ts";
import { isOrdinary, placeNames } from "../gazetteer.ts";
import type { EntityType, Mention } from "../mention.ts";
import type { Span } from "../sentences.ts";

export interface Found extends Omit<Mention, "mask"> {
  readonly mask?: Span;
}
/** Names of one kind. Spans are relative to the sentence given. */
export type Finder = (sentence: string) => Iterable<Found>;

/** A capitalised word, with its hyphenated parts: "Нью-Йорк", "O’Neil", but not the 's of "Acme’s". */
export const cap = String.raw`\p{Lu}[\p{L}\p{M}\p{N}]*(?:[-’'&](?!s\b)[\p{L}\p{N}]+){0,3}`;
/** One to `most` capitalised words. */
export const caps = (most: number): string => `${cap}(?:[ \\n]${cap}){0,${most - 1}}`;
export const noLetterBefore = String.raw`(?<![\p{L}\p{N}_])`;
export const noLetterAfter = String.raw`(?![\p{L}\p{N}_])`;
export const quotes = { open: '[«"“„]', close: '[»"”“]', inner: '[^«»"“”„\\n]{2,80}?' };

/** Where group `name` of a match with the `d` flag lies; the whole match without one. */
export const spanOf = (match: RegExpExecArray, group?: string): Span => {
  const range = group === undefined ? match.indices?.[0] : match.indices?.groups?.[group];
  return { start: range?.[0] ?? match.index, end: range?.[1] ?? match.index + match[0].length };
};

/** All matches of a pattern as mentions of one type: group `name` is the name, the whole match its mask. */
export const byPattern = (
  type: EntityType | "unknown",
  confidence: number,
  source: string,
  accept: (name: string) => boolean = () => true,
): Finder => {
  const pattern = new RegExp(source, "dgu");
  return function* (sentence) {
    for (const match of sentence.matchAll(pattern)) {
      const group = match.groups?.["name"];
      const name = group ?? match[0];
      const span = spanOf(match, group === undefined ? undefined : "name");
      if (accept(name)) yield { ...span, type, name, confidence, mask: spanOf(match) };
    }
  };
};

/** Whether a capitalised sequence is more than words that only begin a sentence. */
export const isName = (name: string): boolean => name.split(/[ \n]/).some((word) => !isOrdinary(word));
const isNoPlace = (name: string): boolean => isName(name) && !placeNames.has(caseStems(name).join(" "));

/** "датчик воздуха «Пульс»": one word in between, if it does not end like a verb. */
const attribute = "(?: (?![а-яё]*(?:ла|ло|ли|л|ет|ит|ут|ют|ат|ят|ся|сь|ть) )[а-яё]+)?";

/** A keyword in any Russian case, then the name in quotation marks, or bare where it cannot be anything else. */
export const led = (type: EntityType, stems: string): Finder[] => [
  byPattern(
    type,
    0.55,
    `${noLetterBefore}(?:${stems})[а-яё]*${attribute}[ \\n]${quotes.open}(?<name>${quotes.inner})${quotes.close}`,
    isName,
  ),
  byPattern(type, 0.45, `${noLetterBefore}(?:${stems})[а-яё]{0,4} (?<name>${caps(3)})${noLetterAfter}`, isNoPlace),
];

/** Drops words in front that only begin the sentence: "In Acme Labs" → "Acme Labs". */
export const withoutOrdinaryStart = (found: Found): Found => {
  let { start, name } = found;
  for (let word = /^(\S+)\s/u.exec(name); word?.[1] && isOrdinary(word[1]); word = /^(\S+)\s/u.exec(name)) {
    start += word[0].length;
    name = name.slice(word[0].length);
  }
  return { ...found, start, name, mask: { start, end: found.mask?.end ?? found.end } };
};
export const trimmed = (find: Finder): Finder =>
  function* (sentence) {
    for (const found of find(sentence)) {
      const shorter = withoutOrdinaryStart(found);
      if (/[ \n]/.test(shorter.name)) yield shorter;
    }
  };
