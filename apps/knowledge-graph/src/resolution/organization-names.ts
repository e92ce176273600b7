import { withoutLegalForm } from "../legal-forms.ts";
import { knownAs } from "./known-names.ts";
import type { NameFacts } from "./name-facts.ts";
import { soundFacts } from "./sound.ts";
import { fold, isAcronym, stemOf, wordsOf } from "./words.ts";

const smallWord = /^(?:и|в|по|на|с|о|об|of|and|the|for|in|de|la|du|des|und|für)$/u;

const acronymsOf = (words: readonly string[]): string[] => {
  const parts = words.flatMap((word) => word.split("-"));
  const significant = parts.filter((word) => !smallWord.test(word));
  if (significant.length < 3) return [];
  return [...new Set([significant, parts].map((each) => each.map((word) => word[0]).join("")))];
};

const keyAndOffers = (
  name: string,
): { readonly key: string; readonly isKnown: boolean; readonly offers: readonly string[] } => {
  const all = wordsOf(fold(name));
  const known = knownAs("organization", all, isAcronym(name));
  if (known !== undefined) return { key: known, isKnown: true, offers: acronymsOf(all) };
  const words = wordsOf(withoutLegalForm(all.join(" ")));
  const knownWithoutForm = knownAs("organization", words, false);
  const key = knownWithoutForm ?? words.map(stemOf).join(" ");
  return { key, isKnown: knownWithoutForm !== undefined, offers: acronymsOf(words) };
};

/**
 * An organisation is its name without legal form, quotation marks and "the". "Full name (ABC)" says both names itself; an
 * acronym alone is the only known name with these initials.
 */
export const organizationFacts = (fullName: string): NameFacts => {
  const name = fullName.replace(/^the\s+(?=\S)/iu, "");
  const [, outside = "", inside = ""] = /^(.*?\S)\s*\(([^()]+)\)\s*$/u.exec(name) ?? [];
  const main = keyAndOffers(outside || name);
  // An offer and no key: two companies may call themselves by the same initials.
  const declared = isAcronym(inside) ? [fold(inside).replaceAll(/[^\p{L}]/gu, "")] : [];
  const letters = fold(name).replaceAll(/[^\p{L}]/gu, "");
  const written = wordsOf(withoutLegalForm(wordsOf(fold(outside || name)).join(" ")));
  const sound = soundFacts(written);
  const asksByInitials = !main.isKnown && isAcronym(name) && letters.length >= 3;
  return {
    keys: [main.key],
    spelling: written.map(stemOf).join(" "),
    shortFor: [
      ...sound.asks.map((key) => ({ key, level: "sound" as const })),
      ...(asksByInitials ? [{ key: `acronym ${letters}`, level: "acronym" as const }] : []),
    ],
    offers: [...new Set([...main.offers, ...declared])].map((acronym) => `acronym ${acronym}`).concat(sound.offers),
  };
};
