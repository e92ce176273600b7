const isRussian = /^\p{Script=Cyrillic}+$/u;
const longEnding = /(?:ого|его|ому|ему|ыми|ими|ами|ями)$/;
const vowels = /[аеиоуыэюяйь]+$/;
// -ом, -ем, -ым, -им, -ам, -ям, -ых, -их, -ах, -ях; also the end of "Максим" and "Газпром", alike in all their cases.
const vowelAndConsonant = /(?<=[аеиоуыюя])[мх]$/;
const shortestStem = 3;

// The vowel that disappears in the other cases.
const fleeting: Readonly<Record<string, string>> = { павел: "павл", лев: "льв" };

/**
 * What the cases of a Russian name in the singular share: "Москва, Москвы, Москвой" → "москв", "Петровский,
 * Петровского" → "петровск", "Сергей, Сергею" → "серг". Lighter than a topic stemmer, which would make "Иванов" and
 * "Иван" one; adjectives, nouns and surnames are treated alike, since a name does not say which it is.
 *
 * @param word one word in lower case, ё as е. Words of other alphabets lose only a possessive 's.
 */
export const caseStem = (word: string): string => {
  if (!isRussian.test(word)) return word.replace(/['’]s$/, "");
  let stem = fleeting[word] ?? word;
  for (;;) {
    const shorter = [longEnding, vowels, vowelAndConsonant]
      .map((ending) => stem.replace(ending, ""))
      .find((candidate) => candidate !== stem && candidate.length >= shortestStem);
    if (shorter === undefined) return stem;
    stem = shorter;
  }
};

/** Lower case, ё as е, each word (and each part of a hyphenated one) without its case ending. */
export const caseStems = (name: string): string[] =>
  (
    name
      .normalize("NFKC")
      .toLowerCase()
      .replaceAll("ё", "е")
      .match(/[\p{L}\p{M}\p{N}]+(?:['’]s\b)?/gu) ?? []
  ).map(caseStem);
