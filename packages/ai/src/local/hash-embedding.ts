import { readWords } from "./words.ts";

// Weights were set on the quality test beside this file. Whole stems decide; n-grams catch compounds, typos and the
// inflections a stemmer misses; function words must neither vanish (a text of nothing else needs a vector) nor count.
const stemWeight = 1;
const gramWeight = 0.5;
const stopWordWeight = 0.05;
const gramSizes = [3, 4];

/** 32-bit FNV-1a over UTF-16 units, with a final mix so that its low and high bits are both usable. */
const hash = (text: string): number => {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  value ^= value >>> 16;
  value = Math.imul(value, 0x85ebca6b);
  return (value ^ (value >>> 13)) >>> 0;
};

const features = function* (text: string): Generator<readonly [feature: string, weight: number]> {
  for (const { form, stem, isStopWord } of readWords(text)) {
    const weight = isStopWord ? stopWordWeight : 1;
    yield [`w:${stem}`, weight * stemWeight];
    if (isStopWord) continue;
    const padded = `<${form}>`;
    const grams = gramSizes.flatMap((size) =>
      Array.from({ length: Math.max(padded.length - size + 1, 0) }, (_, start) => padded.slice(start, start + size)),
    );
    // A long word has more n-grams; together they count as one word.
    for (const gram of grams) yield [`g:${gram}`, (weight * gramWeight) / Math.sqrt(grams.length)];
  }
};

/**
 * Signed feature hashing (Weinberger et al., 2009) of word stems and character 3- and 4-grams, sublinear in the term
 * count, of length 1. The same text gives the same vector on every machine; texts that share stems lie close, in
 * whatever order and inflection. A text without letters or digits hashes as a whole, so that no vector is zero.
 */
export const hashEmbedding = (text: string, dimensions: number): number[] => {
  const terms = new Map<string, { weight: number; count: number }>();
  for (const [feature, weight] of features(text)) {
    const term = terms.get(feature);
    if (term) term.count += 1;
    else terms.set(feature, { weight, count: 1 });
  }
  if (terms.size === 0) terms.set(`t:${text}`, { weight: 1, count: 1 });

  const vector = new Array<number>(dimensions).fill(0);
  for (const [feature, { weight, count }] of terms) {
    const code = hash(feature);
    const slot = (code >>> 1) % dimensions;
    const value = weight * (1 + Math.log(count));
    vector[slot] = (vector[slot] ?? 0) + (code & 1 ? value : -value);
  }
  const norm = Math.hypot(...vector);
  // Two features of opposite sign in one slot can cancel out exactly when they are the whole text.
  if (norm === 0) return vector.map((_, slot) => (slot === hash(text) % dimensions ? 1 : 0));
  return vector.map((value) => value / norm);
};
