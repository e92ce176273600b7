import { caseStems } from "../../names/case-stem.ts";
import { longestPlace, placeNames } from "../gazetteer.ts";
import { byPattern, caps, type Finder, isName, noLetterAfter, noLetterBefore } from "./finder.ts";

/** Names of the gazetteer, in any Russian case. A Latin one inside a longer name ("Berlin Institute") is left alone. */
const knownPlaces: Finder = function* (sentence) {
  const words = Array.from(sentence.matchAll(/[\p{L}\p{M}\p{N}]+/gu));
  for (let i = 0; i < words.length; i++) {
    const first = words[i];
    if (!first || !/^\p{Lu}/u.test(first[0])) continue;
    for (let length = Math.min(longestPlace, words.length - i); length >= 1; length--) {
      const last = words[i + length - 1];
      if (!last) continue;
      const span = { start: first.index, end: last.index + last[0].length };
      const surface = sentence.slice(span.start, span.end);
      if (/[,;:()]/.test(surface)) continue;
      const name = placeNames.get(caseStems(surface).join(" "));
      // A Russian case ending may add letters, but takes away one at most: "Герман" is not "Германия".
      if (name === undefined || surface.length < name.length - 1) continue;
      // "us" and "сша": what is all capitals in the gazetteer is a name only in capitals.
      if (name === name.toUpperCase() && surface !== name) continue;
      const isPartOfLonger = /^ \p{Lu}/u.test(sentence.slice(span.end, span.end + 2)) && /^[A-Z]/.test(surface);
      if (isPartOfLonger) continue;
      yield { ...span, type: "place", name, confidence: 0.5 };
      i += length - 1;
      break;
    }
  }
};
// After a year or a weight, "г." is no city: "30 июня 2025 г. Датой поставки …", "100 г. Муку …".
const namedCities = byPattern(
  "place",
  0.5,
  `${noLetterBefore}(?<!(?<!\\d)\\d{1,4}\\s?)(?:г\\. ?|город[а-яё]{0,2} )(?<name>${caps(2)})${noLetterAfter}`,
  isName,
);

export const places: readonly Finder[] = [namedCities, knownPlaces];
