import { withoutLegalForm } from "../legal-forms.ts";
import { splitCountry } from "./countries.ts";
import { homeOf, knownAs } from "./known-names.ts";
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

interface Key {
  readonly key: string;
  readonly isKnown: boolean;
  readonly offers: readonly string[];
}

const plainKey = (words: readonly string[], inCapitals: boolean): Key => {
  const known = knownAs("organization", words, inCapitals);
  if (known !== undefined) return { key: known, isKnown: true, offers: acronymsOf(words) };
  const withoutForm = wordsOf(withoutLegalForm(words.join(" ")));
  const knownWithoutForm = knownAs("organization", withoutForm, false);
  const key = knownWithoutForm ?? withoutForm.map(stemOf).join(" ");
  return { key, isKnown: knownWithoutForm !== undefined, offers: acronymsOf(withoutForm) };
};

/** A body of a state is itself with or without its country where there is only one such body: "ФСБ", "ФСБ России". */
const keyAndOffers = (name: string): Key => {
  const words = wordsOf(fold(name));
  const whole = plainKey(words, isAcronym(name));
  // A name in quotation marks is a name, whatever country is in it.
  if (whole.isKnown || words.length < 2 || /[«»"“”„]/u.test(name)) return whole;
  const capitals = new Set(name.match(/[\p{Lu}.]{2,}/gu)?.map((word) => fold(word).trim()));
  const { rest, country } = splitCountry(words, (word) => capitals.has(word));
  if (country === undefined) return whole;
  const { key, isKnown } = plainKey(rest, rest.length === 1 && capitals.has(rest[0] ?? ""));
  if (isKnown && homeOf(key) === country) return { key, isKnown, offers: whole.offers };
  return { key: `${key} @${country}`, isKnown, offers: whole.offers };
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
