import { caseStem } from "../../names/case-stem.ts";
import { isOrdinary, placeNames } from "../gazetteer.ts";
import { givenName, isPatronymic, looksLikeSurname, nominativePerson } from "../person-names.ts";
import type { Span } from "../sentences.ts";
import { byPattern, cap, caps, type Finder, type Found, noLetterAfter, noLetterBefore, spanOf } from "./finder.ts";

const person = (span: Span, words: readonly string[], confidence: number): Found => {
  return { ...span, type: "person", name: nominativePerson(words), confidence };
};

/** "И. П. Петров", "Петров И. П.", "J. R. Smith". One initial is enough only before an ending that surnames have. */
const initials: Finder = function* (sentence) {
  const before = new RegExp(`${noLetterBefore}(\\p{Lu}\\. ?)(\\p{Lu}\\. ?)?(${cap})`, "dgu");
  for (const match of sentence.matchAll(before)) {
    const surname = match[3] ?? "";
    // "A. Overview" is a heading; in the midst of a sentence "A. Miller" is a name.
    const isWithin = /[\p{Ll},;(]\s*$/u.test(sentence.slice(0, match.index));
    const isSure = match[2] !== undefined || looksLikeSurname(surname) || (isWithin && /^[A-Z]/.test(surname));
    if (isSure && surname.length > 2 && !isOrdinary(surname)) yield person(spanOf(match), [match[0]], 0.5);
  }
  const after = new RegExp(`${noLetterBefore}(${cap}) (\\p{Lu}\\.)( ?\\p{Lu}\\.)`, "dgu");
  for (const match of sentence.matchAll(after)) {
    if (!isOrdinary(match[1] ?? "")) yield person(spanOf(match), [match[0]], 0.5);
  }
};

/** Two or three capitalised words of which one is a known given name or a patronymic. */
const fullNames: Finder = function* (sentence) {
  const pattern = new RegExp(`${noLetterBefore}${cap}(?: \\p{Lu}\\.)?(?:[ \\n]${cap}){1,2}${noLetterAfter}`, "gu");
  // Begun again at every word, since the first of three may belong to the sentence: "Вчера Иван Петров".
  for (let from = 0, match; ; from = match.index + 1) {
    pattern.lastIndex = from;
    match = pattern.exec(sentence);
    if (!match) return;
    const words = match[0].split(/[ \n]/);
    const given = words.findIndex((word) => givenName(word) !== undefined);
    const latin = /^\p{Script=Latin}/u.test(match[0]);
    const patronymic = words.findIndex(isPatronymic);
    const isPerson =
      patronymic > 0 || (latin ? given === 0 : given === 0 || (given === 1 && looksLikeSurname(words[0] ?? "")));
    if (!isPerson || words.some((word, i) => i !== given && isOrdinary(word))) continue;
    // "Письмо Ивана Петровича": a word that begins the sentence, and no surname in the same case.
    const startsSentence = match.index === 0 && patronymic === 2 && !looksLikeSurname(words[0] ?? "");
    if (startsSentence && !/(?:ич|на)$/u.test(words[2] ?? "")) continue;
    // Of three Russian words the third must look like a name too: "Иван Петров Москва" is two names.
    const third = words[2];
    const kept =
      third !== undefined && !latin && patronymic < 0 && !looksLikeSurname(third) ? words.slice(0, 2) : words;
    const last = kept.at(-1) ?? "";
    if (placeNames.has(caseStem(last.toLowerCase()))) continue;
    yield person({ start: match.index, end: match.index + kept.join(" ").length }, kept, 0.55);
  }
};

const titled: Finder = byPattern(
  "person",
  0.5,
  `${noLetterBefore}(?:(?:Mr|Mrs|Ms|Dr|Prof)\\.?|Professor|[Гг]осподин[а-я]{0,2}|[Гг]оспож[а-я]{1,2}|[Пп]рофессор[а-я]{0,2}|[Аа]кадемик[а-я]{0,2}) (?<name>${caps(2)})${noLetterAfter}`,
  (name) => !isOrdinary(name),
);

export const people: readonly Finder[] = [fullNames, initials, titled];
