// A large knowledge base made from a seed: no package holds a hundred thousand passages with vectors of a real model.

/** Numbers in [0, 1) from a seed: mulberry32, by Tommy Ettinger, in the public domain. */
export const makeRandom = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
};
type Random = () => number;

const gaussian = (random: Random): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

const syllables = {
  russian: "ба ви го ду ле мо на пе ра со та ур фи ше ки лю зо пла сте при до вер кон тра мен ци гор ста".split(" "),
  english: "ba ver con do le mo na per ra so ta ur fi she ki lu zo pla ste pri com ment tion gen dis tra".split(" "),
};
const endings = { russian: ["а", "ы", "ой", "ов", "ать", "ный"], english: ["", "s", "ed", "ing", "al", "er"] };

/** Words by rank: two thirds Russian, one third English, each inflected when it is used. */
const wordOf = (rank: number, random: Random): string => {
  const language = rank % 3 === 2 ? "english" : "russian";
  const list = syllables[language];
  let stem = "";
  for (let left = rank + list.length; left > 0; left = Math.floor(left / list.length)) stem += list[left % list.length];
  return stem + endings[language][Math.floor(random() * 6)];
};

const vocabulary = 60_000;
/** Zipf's law with exponent 1: the word of rank r is about r times rarer than the first. */
const zipfRank = (random: Random): number => Math.floor(vocabulary ** random()) - 1;

const wordsPerPassage = 50;
export const makePassage = (random: Random): string => {
  const words = Array.from({ length: wordsPerPassage }, () => wordOf(zipfRank(random), random));
  return `${words.join(" ")}.`;
};

/** Three to five words of a passage, among them common ones. */
export const makeQuery = (passage: string, random: Random): string => {
  const words = passage.slice(0, -1).split(" ");
  return Array.from({ length: 3 + Math.floor(random() * 3) }, () => words[Math.floor(random() * words.length)])
    .join(" ")
    .trim();
};

/** As many independent directions as embeddings of real texts are found to have, about. */
const latentDimensions = 64;
const topics = 500;

export interface VectorMaker {
  /** Of length 1, near one of the topics. */
  readonly passage: () => Float32Array;
  /** Near this one: what a good question's vector would be. */
  readonly question: (passage: Float32Array) => Float32Array;
}

const normalise = (vector: Float32Array): Float32Array => {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
};

/** Vectors in a subspace, around topics, with a little noise in all directions: neighbours differ, as in real models. */
export const makeVectors = (dimensions: number, random: Random): VectorMaker => {
  const basis = Array.from({ length: latentDimensions }, () =>
    Float32Array.from({ length: dimensions }, () => gaussian(random) / Math.sqrt(dimensions)),
  );
  const centres = Array.from({ length: topics }, () =>
    Float32Array.from({ length: latentDimensions }, () => gaussian(random)),
  );
  const noise = Float32Array.from({ length: 1 << 16 }, () => gaussian(random) / Math.sqrt(dimensions));
  const spread = (latent: Float32Array, noisiness: number): Float32Array => {
    const vector = new Float32Array(dimensions);
    const shift = Math.floor(random() * noise.length);
    for (let d = 0; d < dimensions; d += 1) vector[d] = noisiness * (noise[(shift + d) % noise.length] ?? 0);
    for (const [direction, values] of basis.entries()) {
      const weight = latent[direction] ?? 0;
      for (let d = 0; d < dimensions; d += 1) vector[d] = (vector[d] ?? 0) + weight * (values[d] ?? 0);
    }
    return normalise(vector);
  };
  return {
    passage: () => {
      const centre = centres[Math.floor(random() * topics)] ?? new Float32Array(latentDimensions);
      return spread(
        centre.map((value) => value + 0.7 * gaussian(random)),
        1,
      );
    },
    question: (passage) => {
      const shift = Math.floor(random() * noise.length);
      return normalise(passage.map((value, d) => value + 0.5 * (noise[(shift + d) % noise.length] ?? 0)));
    },
  };
};
