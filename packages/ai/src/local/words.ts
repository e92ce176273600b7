import { stemmer as stemEnglish } from "@orama/stemmers/english";
import { stemmer as stemRussian } from "@orama/stemmers/russian";
import { stopWords } from "./stop-words.ts";

export interface Word {
  /** Lower case, NFC, ё as е. */
  readonly form: string;
  readonly stem: string;
  /** Says little by itself: articles, prepositions, question words. */
  readonly isStopWord: boolean;
}

/** Letters and digits, with the hyphens and dots inside "нью-йорк", "v2.1" and "node.js" left out as separators. */
const wordPattern = /[\p{L}\p{M}\p{N}]+/gu;

/** Words of Russian and English text, each stemmed by the rules of its own alphabet. */
export const readWords = (text: string): Word[] => {
  const normalised = text.normalize("NFC").toLowerCase().replaceAll("ё", "е");
  return Array.from(normalised.matchAll(wordPattern), ([form]) => ({
    form,
    stem: /\p{Script=Cyrillic}/u.test(form) ? stemRussian(form) : stemEnglish(form),
    isStopWord: stopWords.has(form),
  }));
};
