import { caseStem } from "../names/case-stem.ts";
import { declensionsOf } from "../names/declension.ts";
import { givenNames } from "./gazetteer.ts";

const fold = (word: string): string => word.toLowerCase().replaceAll("ё", "е");

// Of a form that two names share ("Валентина"), the one whose nominative it is.
const byForm: ReadonlyMap<string, string> = new Map(
  [...givenNames.values()]
    .flatMap((name) => declensionsOf(fold(name)).map((form, place) => ({ form, name, place })))
    .toSorted((a, b) => b.place - a.place)
    .map(({ form, name }) => [form, name]),
);

/** The given name in the nominative, if the word is a known one in any case. */
export const givenName = (word: string): string | undefined => {
  const exact = byForm.get(fold(word));
  if (exact !== undefined) return exact;
  const name = givenNames.get(caseStem(fold(word)));
  if (name === undefined || name === "Павел" || name === "Лев") return name;
  // A stem may be that of another name too: "Рустем" is not "Рустам".
  return fold(word).startsWith(fold(name).replace(/[аяйь]$/u, "")) ? name : undefined;
};

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

/** For names that the gazetteer does not have, or has for both genders; those in -ь and most in -й stay as they are. */
const nominativeGiven = (word: string, gender: Gender, oblique: boolean): string => {
  if (!oblique) return word;
  if (gender === "female") return word.replace(/ии$|ию$|ией$/u, "ия").replace(/(?<=[^и])(?:ы|е|у|ой)$/u, "а");
  return word.replace(/(?:ия|ию|ием|ии)$/u, "ий").replace(/(?<=[бвгдзклмнпрстфхцчшщ])(?:а|у|ом|е)$/u, "");
};

/**
 * A Russian person's name in the nominative, as far as a known given name or a patronymic tells gender and case:
 * "Ивана Петрова" → "Иван Петров", "Каримова Рустама Фаридовича" → "Каримов Рустам Фаридович". Other names stay as they
 * are.
 */
export const nominativePerson = (words: readonly string[]): string => {
  const given = words.map((word) => ({ word, name: givenName(word) })).find(({ name }) => name !== undefined);
  const patronymicAt = words.findIndex(isPatronymic);
  const patronymic = nominativePatronymic(words[patronymicAt] ?? "");
  const givenWord = given?.word ?? (patronymic ? words[patronymicAt - 1] : undefined);
  if (givenWord === undefined || !/\p{Script=Cyrillic}/u.test(givenWord)) return words.join(" ");
  // "Александра Иванова" is a woman, or a man in the genitive: only a patronymic tells.
  const isForBoth = /^(?:александр|евгени|валери)/u.test(fold(givenWord));
  const known = isForBoth ? undefined : given?.name;
  if (known === undefined && !patronymic) return words.join(" ");
  const gender = patronymic?.gender ?? genderOf(known ?? "");
  const oblique = known === undefined ? words[patronymicAt] !== patronymic?.name : fold(givenWord) !== fold(known);
  return words
    .map((word, i) => {
      if (word === givenWord) return known ?? nominativeGiven(word, gender, oblique);
      if (i === patronymicAt) return patronymic?.name ?? word;
      return nominativeSurname(word, gender, oblique);
    })
    .join(" ");
};
