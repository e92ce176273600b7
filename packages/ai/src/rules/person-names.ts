import { caseStem } from "../names/case-stem.ts";
import { givenNames } from "./gazetteer.ts";

const fold = (word: string): string => word.toLowerCase().replaceAll("ё", "е");

/** The given name in the nominative, if the word is a known one in any case. */
export const givenName = (word: string): string | undefined => givenNames.get(caseStem(fold(word)));

const patronymicPattern = /^(.+(?:ович|евич|ьич|ич))(?:а|у|ем|ом|е)?$|^(.+(?:овн|евн|ичн|иничн))(?:а|ы|е|у|ой|ою)$/u;
export const isPatronymic = (word: string): boolean =>
  /^\p{Lu}/u.test(word) && word.length > 5 && patronymicPattern.test(word);

const surnameEnding =
  /(?:ов|ев|ин|ын|ский|цкий|ская|цкая|ова|ева|ина|ына|ко|ук|юк|ич|ых|их|ян|дзе|швили)(?:а|у|ым|е|ой|ого|ому|им|ую)?$/u;
/** Whether the ending is one that Russian surnames have and few other words. */
export const looksLikeSurname = (word: string): boolean => word.length > 4 && surnameEnding.test(fold(word));

type Gender = "male" | "female";

const nominativePatronymic = (word: string): { name: string; gender: Gender } | undefined => {
  const match = patronymicPattern.exec(word);
  if (match?.[1]) return { name: match[1], gender: "male" };
  return match?.[2] ? { name: `${match[2]}а`, gender: "female" } : undefined;
};

const nominativeSurname = (word: string, gender: Gender, oblique: boolean): string => {
  if (gender === "female") {
    return word.replace(/(ов|ев|ин|ын)(?:ой|у)$/u, "$1а").replace(/(ск|цк)(?:ой|ую)$/u, "$1ая");
  }
  if (!oblique) return word;
  return word
    .replace(/(ов|ев|ёв|ин|ын)(?:а|у|ым|е)$/u, "$1")
    .replace(/(ск|цк)(?:ого|ому|им|ом)$/u, "$1ий")
    .replace(/([бвгдзклмнпрстфхцчшщ])(?:а|у|ом|ем|е)$/u, "$1");
};

const genderOf = (given: string): Gender =>
  /[ая]$/u.test(given) && !/^(?:Илья|Никита)$/u.test(given) ? "female" : "male";

/**
 * A Russian person's name in the nominative, as far as a known given name or a patronymic tells gender and case:
 * "Ивана Петрова" → "Иван Петров", "Анне Сергеевне Ивановой" → "Анна Сергеевна Иванова". Other names stay as they are.
 */
export const nominativePerson = (words: readonly string[]): string => {
  const given = words.map((word) => ({ word, name: givenName(word) })).find(({ name }) => name !== undefined);
  const patronymic = words
    .map((word) => ({ word, form: nominativePatronymic(word) }))
    .find(({ word, form }) => form && isPatronymic(word));
  if (!given?.name || !/\p{Script=Cyrillic}/u.test(given.word)) return words.join(" ");
  // "Александра Иванова" is a woman, or a man in the genitive: leave it as it is written.
  if (/^(?:александр|евгени|валери)/u.test(fold(given.word))) return words.join(" ");
  const gender = patronymic?.form?.gender ?? genderOf(given.name);
  const oblique = fold(given.word) !== fold(given.name);
  return words
    .map((word) => {
      if (word === given.word) return given.name;
      if (word === patronymic?.word) return patronymic.form?.name ?? word;
      return nominativeSurname(word, gender, oblique);
    })
    .join(" ");
};
