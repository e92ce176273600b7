import { knownAs } from "./known-names.ts";
import { adjectiveSources } from "./place-adjectives.ts";

const longestCountry = 4;

/** "российская", "американского": the country that a Russian adjective is made from, as its known key. */
const countryOfAdjective = (word: string): string | undefined => {
  const sources = adjectiveSources(word);
  if (sources === undefined) return undefined;
  if (sources.country !== undefined) return sources.country;
  return sources.stems.map((stem) => knownAs("place", [stem], true)).find((known) => known !== undefined);
};

/**
 * A name's words without the country they name, and that country: "Правительство РФ", "российское правительство" → "правительство"
 * and Russia. Not where nothing else would be left.
 * @param words of the folded name
 * @param isInCapitals whether the name writes a word in capitals, as "РФ" must be
 */
export const splitCountry = (
  words: readonly string[],
  isInCapitals: (word: string) => boolean,
): { readonly rest: readonly string[]; readonly country?: string } => {
  // English puts words before and behind: only the last ones are taken off.
  for (let length = Math.min(longestCountry, words.length - 1); length >= 1; length--) {
    const last = words.slice(-length);
    const known = knownAs("place", last, last.every(isInCapitals));
    if (known === undefined) continue;
    const rest = words.slice(0, -length);
    const bare = rest.at(-1) === "of" || rest.at(-1) === "the" ? rest.slice(0, -1) : rest;
    return bare.length > 0 ? { rest: bare, country: known } : { rest: words };
  }
  const [first = "", ...others] = words;
  // "Русский дом" belongs to a language more often than to a state.
  const country = others.length > 0 && !first.startsWith("русск") ? countryOfAdjective(first) : undefined;
  return country === undefined ? { rest: words } : { rest: others, country };
};
