import { caseStem, caseStems } from "../names/case-stem.ts";
import { isOrdinary, longestPlace, placeNames, technologies } from "./gazetteer.ts";
import type { EntityType, Mention } from "./mention.ts";
import { givenName, isPatronymic, looksLikeSurname, nominativePerson } from "./person-names.ts";
import type { Sentence, Span } from "./sentences.ts";

interface Found extends Omit<Mention, "mask"> {
  readonly mask?: Span;
}
/** @param sentence the text in which to look; spans are relative to it. */
type Finder = (sentence: string) => Iterable<Found>;

const cap = String.raw`\p{Lu}[\p{L}\p{M}\p{N}]*(?:[-’'&](?!s\b)[\p{L}\p{N}]+){0,3}`;
const caps = (most: number): string => `${cap}(?:[ \\n]${cap}){0,${most - 1}}`;
const noLetterBefore = String.raw`(?<![\p{L}\p{N}_])`;
const noLetterAfter = String.raw`(?![\p{L}\p{N}_])`;
const quotes = { open: "[«\"“„]", close: "[»\"”“]", inner: "[^«»\"“”„\\n]{2,80}?" };

/** Where group `name` of a match with the `d` flag lies; the whole match without one. */
const spanOf = (match: RegExpExecArray, group?: string): Span => {
  const range = group === undefined ? match.indices?.[0] : match.indices?.groups?.[group];
  return { start: range?.[0] ?? match.index, end: range?.[1] ?? match.index + match[0].length };
};

/** All matches of a pattern as mentions of one type: group `name` is the name, the whole match its mask. */
const byPattern = (type: EntityType | "unknown", confidence: number, source: string, accept = (_: string) => true): Finder => {
  const pattern = new RegExp(source, "dgu");
  return function* (sentence) {
    for (const match of sentence.matchAll(pattern)) {
      const name = match.groups?.["name"] ?? match[0];
      if (accept(name)) yield { ...spanOf(match, match.groups?.["name"] ? "name" : undefined), type, name, confidence, mask: spanOf(match) };
    }
  };
};

const legalForms = "ООО|ОАО|ПАО|ЗАО|НАО|АО|АНО|НКО|ФГУП|ФГБУ|ФГБОУ|ГУП|МУП|ТОО|ГК|НПО|СРО|ИП";
const isName = (name: string): boolean => name.split(/[ \n]/).some((word) => !isOrdinary(word));
const isNoPlace = (name: string): boolean => isName(name) && !placeNames.has(caseStems(name).join(" "));

/** A keyword in any Russian case, then the name in quotation marks, or bare where it cannot be anything else. */
const led = (type: EntityType, stems: string): Finder[] => [
  byPattern(type, 0.55, `${noLetterBefore}(?:${stems})[а-яё]*[ \\n]${quotes.open}(?<name>${quotes.inner})${quotes.close}`, isName),
  byPattern(type, 0.45, `${noLetterBefore}(?:${stems})[а-яё]{0,4} (?<name>${caps(3)})${noLetterAfter}`, isNoPlace),
];

const organizationSuffixes = `University|Institute|Bank|Group|Foundation|Agency|Laboratories|Labs|Technologies|Systems|Software|
Solutions|Partners|Ventures|Capital|Logistics|Airlines|Motors|Pharmaceuticals|Hospital|College|Association|Union|Council|
Commission|Holdings|Industries|Energy|Robotics|Analytics|Media|Studios|Consulting|Insurance|Biotech|Ministry`.replaceAll("\n", "");

/** Drops words in front that only begin the sentence: "In Acme Labs" → "Acme Labs". */
const withoutOrdinaryStart = (found: Found): Found => {
  let { start, name } = found;
  for (let word = /^(\S+)\s/u.exec(name); word?.[1] && isOrdinary(word[1]); word = /^(\S+)\s/u.exec(name)) {
    start += word[0].length;
    name = name.slice(word[0].length);
  }
  return { ...found, start, name, mask: { start, end: found.mask?.end ?? found.end } };
};
const trimmed = (find: Finder): Finder =>
  function* (sentence) {
    for (const found of find(sentence)) {
      const shorter = withoutOrdinaryStart(found);
      if (/[ \n]/.test(shorter.name)) yield shorter;
    }
  };

const organizations: readonly Finder[] = [
  byPattern("organization", 0.6, `${noLetterBefore}(?:(?:${legalForms})[ \\n]){1,2}${quotes.open}${quotes.inner}${quotes.close}`),
  byPattern("organization", 0.55, `${noLetterBefore}(?:${legalForms}) ${caps(3)}${noLetterAfter}`),
  trimmed(
    byPattern(
      "organization",
      0.6,
      `${noLetterBefore}${cap}(?:[ \\n](?:(?:of|&) )?${cap}){0,4},? (?:Inc|LLC|Ltd|Corp|Corporation|GmbH|AG|PLC|LLP|Limited|Co)${noLetterAfter}\\.?`,
    ),
  ),
  trimmed(byPattern("organization", 0.5, `${noLetterBefore}(?:${cap} ){1,4}(?:${organizationSuffixes})${noLetterAfter}(?: of ${caps(2)})?`)),
  byPattern("organization", 0.5, `${noLetterBefore}(?:University|Bank|Ministry|Institute|Department|Academy) of ${caps(3)}`),
  byPattern("organization", 0.5, `${noLetterBefore}Министерств[а-яё]{1,3} [а-яё]+(?: и [а-яё]+)?(?: (?:РФ|Российской Федерации|России))?`),
  byPattern(
    "organization",
    0.5,
    `${noLetterBefore}[А-ЯЁ][а-яё-]+ск(?:ий|ого|ому|им|ом|ая|ой|ую)(?: [а-яё-]+(?:ый|ий|ой|ого|ому|ым|им|ом|ая|ую)){0,3} (?:университет|институт|завод|комбинат|банк|академи|фонд|агентств)[а-яё]*`,
  ),
  ...led(
    "organization",
    "[Кк]омпани|[Фф]ирм|[Кк]орпораци|[Хх]олдинг|[Бб]анк|[Зз]авод|[Фф]абрик|[Кк]омбинат|[Фф]онд|[Аа]гентств|[Ии]нститут|" +
      "[Уу]ниверситет|[Ии]здательств|[Сс]туди|[Кк]онцерн|[Сс]тартап|[Ии]нтегратор|[Пп]редприяти|[Аа]ссоциаци|[Кк]линик|" +
      "[Гг]рупп[а-яё]* компани|[Рр]азработчик|[Пп]роизводител|[Зз]астройщик",
  ),
];

const things: readonly Finder[] = [
  ...led("product", "[Пп]риложени|[Пп]родукт|[Пп]рограмм|[Пп]латформ|[Сс]истем|[Рр]ешени|[Чч]ат-бот|[Сс]мартфон|[Уу]стройств"),
  ...led("service", "[Сс]ервис"),
  ...led("technology", "[Фф]реймворк|[Бб]иблиотек|[Тт]ехнологи"),
  ...led("event", "[Кк]онференци|[Фф]орум|[Вв]ыставк|[Фф]естивал|[Сс]аммит|[Хх]акатон"),
  byPattern("product", 0.5, `(?<=[Tt]he )(?<name>${caps(3)}) (?:app|application|platform|product|software|suite|chatbot|tool)${noLetterAfter}`, isName),
  byPattern("service", 0.5, `(?<=[Tt]he )(?<name>${caps(3)}) service${noLetterAfter}`, isName),
  trimmed(byPattern("event", 0.5, `${noLetterBefore}(?:${cap} ){1,4}(?:Conference|Summit|Forum|Expo|Hackathon|Festival|Congress)(?: \\d{4})?${noLetterAfter}`)),
  byPattern("document", 0.6, `${noLetterBefore}(?:ГОСТ(?: Р)?(?: ИСО)?|ISO(?:/IEC)?|СНиП|RFC) ?\\d[\\d.:–-]*\\d`),
  byPattern("document", 0.6, `${noLetterBefore}Федеральн[а-яё]+ закон[а-яё]*(?: от \\d[\\d.]+\\d(?: г\\.)?)? № ?\\d+(?:-ФЗ)?`),
  byPattern("document", 0.55, `${noLetterBefore}(?:[Дд]оговор|[Пп]риказ|[Кк]онтракт|[Сс]ч[её]т)[а-яё]{0,3} № ?[\\p{L}\\p{N}][\\p{L}\\p{N}/-]*`),
  byPattern("document", 0.55, `${noLetterBefore}(?:Contract|Agreement|Order|Invoice) (?:No\\.? ?|# ?)[\\p{L}\\p{N}][\\p{L}\\p{N}/-]*`),
  byPattern(
    "technology",
    0.5,
    `${noLetterBefore}(?:${technologies.map((name) => name.replace(/[.+]/g, "\\$&")).join("|")})${noLetterAfter}`,
  ),
];

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
    // Of three Russian words the third must look like a name too: "Иван Петров Москва" is two names.
    const third = words[2];
    const kept = third !== undefined && !latin && patronymic < 0 && !looksLikeSurname(third) ? words.slice(0, 2) : words;
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
const namedCities = byPattern("place", 0.5, `${noLetterBefore}(?:г\\. ?|город[а-яё]{0,2} )(?<name>${caps(2)})${noLetterAfter}`, isName);

/** A name in quotation marks, or a capitalised sequence that does not merely begin the sentence. */
const unknownNames: readonly Finder[] = [
  byPattern("unknown", 0.35, `${quotes.open}(?<name>\\p{Lu}[^«»"“”„\\n]{1,60}?)${quotes.close}`, isName),
  function* (sentence) {
    const pattern = new RegExp(`${noLetterBefore}${caps(4)}${noLetterAfter}`, "gu");
    for (const match of sentence.matchAll(pattern)) {
      const end = match.index + match[0].length;
      const { start, name } = withoutOrdinaryStart({ start: match.index, end, type: "unknown", name: match[0], confidence: 0.35 });
      // "Генеральный директор …": an adjective that begins the sentence.
      const isAdjective = start === 0 && /(?:ый|ий|ой|ая|яя|ое|ее|ые|ие|ых|их|ым|им|ого|его|ому|ему)$/u.test(name);
      if (name.length > 1 && !isAdjective && name.split(/[ \n]/).every((word) => !isOrdinary(word))) {
        yield { start, end, type: "unknown", name, confidence: 0.35 };
      }
    }
  },
];

// Addresses hold capitals that are no names.
const hidden = /[\w.+-]+@[\w-]+\.[\w.-]+|(?:https?:\/\/|www\.)\S+/g;

// In this order: the first finder to claim a stretch of text keeps it.
const finders: readonly Finder[] = [...organizations, ...things, fullNames, initials, titled, namedCities, knownPlaces];

const overlaps = (a: Span, b: Span): boolean => a.start < b.end && b.start < a.end;

/** The names in one sentence, in its order, without overlaps; spans are positions in the whole text. */
export const findMentions = (text: string, sentence: Sentence): Mention[] => {
  const words = text.slice(sentence.start, sentence.end).replace(hidden, (address) => " ".repeat(address.length));
  const isShouting = !/\p{Ll}/u.test(words);
  const mentions: Mention[] = [];
  const use = sentence.isHeading || isShouting ? finders : [...finders, ...unknownNames];
  for (const find of use) {
    for (const { mask = undefined, ...found } of find(words)) {
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
