import { caseStem } from "@gpt-agent/ai/names/case-stem";

/** Without accents of Latin letters: "München" → "Munchen". Russian й and ё are letters of their own. */
const withoutAccents = (text: string): string =>
  text
    .normalize("NFD")
    .replaceAll(/(?<=\p{Script=Latin}\p{M}*)\p{M}/gu, "")
    .normalize("NFC");

/** NFKC, lower case, ё as е, no accents on Latin letters; quotation marks, brackets' insides and dots of initialisms gone. */
export const fold = (name: string): string =>
  withoutAccents(name.normalize("NFKC"))
    .toLowerCase()
    .replaceAll("ё", "е")
    .replaceAll(/[’`´]/g, "'")
    .replaceAll(/(?<![\p{L}\p{N}])(?:\p{L}\.){2,}/gu, (dotted) => `${dotted.replaceAll(".", "")} `);

/** The words of a folded name; a hyphenated word stays one. */
export const wordsOf = (folded: string): string[] =>
  folded.match(/[\p{L}\p{N}]+(?:['&-][\p{L}\p{N}]+)*/gu)?.map((word) => word.replace(/'s$/, "")) ?? [];

/** Without its case ending, each part of a hyphenated word for itself. */
export const stemOf = (word: string): string => word.split("-").map(stemOfPart).join("-");

// caseStem leaves three letters; "уфа", "уфе" and "уфой" need two.
const stemOfPart = (part: string): string => {
  const stem = caseStem(part);
  return stem.length === 3 && /^\p{Script=Cyrillic}+$/u.test(stem) ? stem.replace(/[аеиоуыэюя]$/u, "") : stem;
};

export const numbersOf = (folded: string): string => (folded.match(/\d+/g) ?? []).join(" ");

/** Written in capitals, as acronyms are: "МВД", "U.N.", "НАТО". */
export const isAcronym = (name: string): boolean => /^(?:\p{Lu}\.?){2,6}$/u.test(name.trim());
