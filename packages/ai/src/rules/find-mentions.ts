import type { Finder } from "./finders/finder.ts";
import { organizations } from "./finders/organizations.ts";
import { people } from "./finders/people.ts";
import { places } from "./finders/places.ts";
import { things } from "./finders/things.ts";
import { unknownNames } from "./finders/unknown-names.ts";
import type { Mention } from "./mention.ts";
import type { Sentence, Span } from "./sentences.ts";

// Addresses hold capitals that are no names.
const hidden = /[\w.+-]+@[\w-]+\.[\w.-]+|(?:https?:\/\/|www\.)\S+/g;

// In this order: the first finder to claim a stretch of text keeps it.
const finders: readonly Finder[] = [...organizations, ...things, ...people, ...places];

const overlaps = (a: Span, b: Span): boolean => a.start < b.end && b.start < a.end;

/** The names in one sentence, in its order, without overlaps; spans are positions in the whole text. */
export const findMentions = (text: string, sentence: Sentence): Mention[] => {
  const words = text.slice(sentence.start, sentence.end).replace(hidden, (address) => " ".repeat(address.length));
  const isShouting = !/\p{Ll}/u.test(words);
  const mentions: Mention[] = [];
  const use = sentence.isHeading || isShouting ? finders : [...finders, ...unknownNames];
  for (const find of use) {
    for (const { mask, ...found } of find(words)) {
      const span = mask ?? found;
      if (mentions.some((mention) => overlaps(mention.mask, span))) continue;
      mentions.push({ ...found, mask: { start: span.start, end: span.end } });
    }
  }
  return mentions
    .toSorted((a, b) => a.start - b.start)
    .map(({ start, end, mask, ...mention }) => ({
      ...mention,
      start: start + sentence.start,
      end: end + sentence.start,
      mask: { start: mask.start + sentence.start, end: mask.end + sentence.start },
    }));
};
