import { knownAs } from "./known-names.ts";
import { stemOf, wordsOf } from "./words.ts";

const adjective = /^(.{2,}?)(ск|цк)(?:ий|ая|ое|ие|ого|ому|им|ом|ой|ую|их|ими|о|ою)$/u;

const placeKeyOf = (name: string): string => {
  const words = wordsOf(name);
  return knownAs("place", words, true) ?? words.map(stemOf).join(" ");
};

/** Adjectives that grammar does not lead back to their country: by the part before -ск-, the country's stem. */
const irregular: ReadonlyMap<string, string> = new Map(
  `англий англия, датс дания, египет египет, немец германия, неме германия, поль польша, рус россия, совет ссср, туре турция,
   турец турция, фин финляндия, француз франция, чеш чехия, швед швеция, белорус белоруссия, венгер венгрия, голланд нидерланды,
   грече греция, норвеж норвегия, армян армения, словац словакия, словен словения, латыш латвия, литов литва, молдав молдавия,
   узбек узбекистан, таджик таджикистан, казах казахстан, киргиз киргизия, туркмен туркмения, афган афганистан,
   северокорей кндр, южнокорей южная_корея, черногор черногория, африкан африка, американ сша,
   кубин куба, перуан перу, бакин баку, сочин сочи, ялтин ялта, читин чита`
    .split(/,\s*/)
    .map((pair) => pair.trim().split(/\s+/))
    .map(([base = "", country = ""]) => [base, placeKeyOf(country.replaceAll("_", " "))]),
);

const suffixes = ["", "ов", "ев", "ин", "ен", "ан", "ян", "ий", "ей", "ай", "й", "ь", "н", "ом"];

/**
 * The nouns that a Russian adjective made from a place's name may come from, as stems: "московский" → "москв",
 * "итальянских" → "итал". Undefined for words that are no such adjective. Which of them exists, only the other names tell.
 */
export const adjectiveSources = (
  word: string,
): { readonly country?: string; readonly stems: readonly string[] } | undefined => {
  const base = adjective.exec(word)?.[1]?.replace(/^все/u, "");
  if (base === undefined) return undefined;
  const country = irregular.get(base);
  if (country !== undefined) return { country, stems: [] };
  const stems = suffixes.flatMap((suffix) => {
    if (!base.endsWith(suffix)) return [];
    const stem = base.slice(0, base.length - suffix.length);
    const nouns = [stem, stem.replace(/[ое](?=[бвгджзклмнпрстфхцчшщ]$)/u, "")].map(stemOf);
    // What is left after a suffix must still tell something: "дуб" is in "дубенский" by chance.
    const shortest = /^[йь]?$/u.test(suffix) ? 2 : 4;
    return nouns.filter((noun) => noun.length >= shortest);
  });
  return { stems: [...new Set(stems)] };
};
