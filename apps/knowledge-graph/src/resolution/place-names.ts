import { knownAs } from "./known-names.ts";
import type { NameFacts } from "./name-facts.ts";
import { adjectiveSources } from "./place-adjectives.ts";
import { soundFacts } from "./sound.ts";
import { fold, isAcronym, stemOf, wordsOf } from "./words.ts";

const city = /^(?:г|город|города|городу|городе|городом|city|the)$/u;

/**
 * A place is its name without case ending, "город" or "республика" before it, and country names in any form. A Russian
 * adjective made from a place ("московские") is the place, where only one known place can have given it.
 */
export const placeFacts = (name: string): NameFacts => {
  const all = wordsOf(fold(name));
  const words = all.length > 1 && city.test(all[0] ?? "") && !/^(?:of|hague)$/.test(all[1] ?? "") ? all.slice(1) : all;
  const known = knownAs("place", words, isAcronym(name));
  if (known !== undefined) return { keys: [known], shortFor: [], offers: [`noun ${known}`] };
  const stems = words.map(stemOf);
  const key = (words[0]?.startsWith("республик") === true && stems.length === 2 ? stems.slice(1) : stems).join(" ");
  const [word] = words;
  const sources = words.length === 1 && word !== undefined ? adjectiveSources(word) : undefined;
  if (sources?.country !== undefined) return { keys: [sources.country], shortFor: [], offers: [] };
  const sound = soundFacts(words);
  return {
    keys: [key],
    shortFor: [
      ...sound.asks.map((asked) => ({ key: asked, level: "sound" as const })),
      ...(sources?.stems ?? []).map((stem) => ({
        key: `noun ${knownAs("place", [stem], true) ?? stem}`,
        level: "derived" as const,
      })),
    ],
    // An adjective is no place that another adjective could come from, unless it is a town's name: "Жуковский".
    offers: [`noun ${key}`, ...sound.offers],
  };
};
