import { isOrdinary } from "../gazetteer.ts";
import {
  byPattern,
  caps,
  type Finder,
  isName,
  noLetterAfter,
  noLetterBefore,
  quotes,
  withoutOrdinaryStart,
} from "./finder.ts";

/** A name in quotation marks, or a capitalised sequence that does not merely begin the sentence. */
export const unknownNames: readonly Finder[] = [
  byPattern("unknown", 0.35, `${quotes.open}(?<name>\\p{Lu}[^«»"“”„\\n]{1,60}?)${quotes.close}`, isName),
  function* (sentence) {
    const pattern = new RegExp(`${noLetterBefore}${caps(4)}${noLetterAfter}`, "gu");
    for (const match of sentence.matchAll(pattern)) {
      const end = match.index + match[0].length;
      const { start, name } = withoutOrdinaryStart({
        start: match.index,
        end,
        type: "unknown",
        name: match[0],
        confidence: 0.35,
      });
      // "Генеральный директор …": an adjective that begins the sentence.
      const isAdjective = start === 0 && /(?:ый|ий|ой|ая|яя|ое|ее|ые|ие|ых|их|ым|им|ого|его|ому|ему)$/u.test(name);
      if (name.length > 1 && !isAdjective && name.split(/[ \n]/).every((word) => !isOrdinary(word))) {
        yield { start, end, type: "unknown", name, confidence: 0.35 };
      }
    }
  },
];
