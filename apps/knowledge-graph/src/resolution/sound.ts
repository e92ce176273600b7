import { stemOf } from "./words.ts";

const letters: Readonly<Record<string, string>> = Object.fromEntries(
  `а a б b в v г g д d е e ж zh з z и i й i к k л l м m н n о o п p р r с s т t у u ф f х kh ц ts ч ch ш sh щ shch ъ _ ы i ь _ э e ю u я a
   і i ї i є e ґ g ў u`
    .split(/\s+/)
    .flatMap((letter, i, all) => (i % 2 === 0 ? [[letter, all[i + 1] === "_" ? "" : (all[i + 1] ?? "")]] : [])),
);

/** What the ways of writing one sound in Latin letters have in common: "Yuri", "Juri", "Iouri". The order matters. */
const spellings: readonly (readonly [RegExp, string])[] = [
  [/shch|sch|sz/g, "sh"],
  [/tsch|tch|cz/g, "ch"],
  [/kh|x(?=[aeiou])/g, "h"],
  [/x/g, "ks"],
  [/ph/g, "f"],
  [/th/g, "t"],
  [/ck|q|c(?![ehiy])/g, "k"],
  [/ts|tz|c(?=[eiy])/g, "z"],
  [/w/g, "v"],
  [/[yj]/g, "i"],
  [/io(?=u)/g, ""],
  [/i(?=[aeou])/g, ""],
  [/(.)\1+/g, "$1"],
  [/[aeiou]+$/g, ""],
];

const shortest = 4;

/**
 * How a name sounds, whichever alphabet it is written in: "Ромашкой", "Romashka" → "romashk". Undefined for names that are too short
 * to be told by it.
 * @param words of the folded name, in the order of the name
 */
export const soundOf = (words: readonly string[]): string | undefined => {
  const sounds = words.map((word) => {
    const latin = Array.from(stemOf(word), (letter) => letters[letter] ?? letter).join("");
    return spellings.reduce((text, [pattern, written]) => text.replace(pattern, written), latin);
  });
  const sound = sounds.join(" ");
  return sound.replaceAll(" ", "").length >= shortest ? sound : undefined;
};

export const isCyrillic = (text: string): boolean => /\p{Script=Cyrillic}/u.test(text);

/** The short form of a Latin name, the offer of a Cyrillic one: each is one thing with the only one that sounds so. */
export const soundFacts = (
  words: readonly string[],
): { readonly asks: readonly string[]; readonly offers: readonly string[] } => {
  const sound = soundOf(words);
  if (sound === undefined) return { asks: [], offers: [] };
  const key = `sound ${sound}`;
  return isCyrillic(words.join(" ")) ? { asks: [], offers: [key] } : { asks: [key], offers: [] };
};
