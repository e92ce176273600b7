import { caseStems } from "@gpt-agent/ai/names/case-stem";

/** How much of a name stands in a text, in whatever case ending. */
export type Groundedness = "whole" | "partly" | "absent";

const smallWords = new Set("the a an of in on at and by for to и в на с о об".split(" "));

const reference =
  /^["“«'\s]*(?:(?:The|This|It|He|She|His|Her|Its|They|Their|Both|is|was)(?!\p{L})|(?:Он|Она|Оно|Они|Его|Ее|Её|Их|Этот|Эта|Это|Эти|Компания|Организация)(?!\p{L}))/u;

const isAt = (text: readonly string[], words: readonly string[], at: number): boolean =>
  words.every((word, i) => text[at + i] === word);

/** Where the words stand one after the other. */
const placesOf = (text: readonly string[], words: readonly string[]): number[] =>
  words.length === 0 ? [] : text.flatMap((_, at) => (isAt(text, words, at) ? [at] : []));

/** The words of a text, to ask of several names whether they stand there. */
export interface Ground {
  /** "whole": every word, in whatever place; "partly": at least half of those that matter. */
  holds(name: string): Groundedness;
  /** Its words stand there one after the other. */
  holdsAsWritten(name: string): boolean;
  /** Wherever the inner name stands, it is part of the outer one: "Jack" in "Jack and the Witch". */
  standsOnlyInside(inner: string, outer: string): boolean;
  /** It begins with what stands for something named before: "The film", "She", "Компания", "Он". */
  readonly refersBack: boolean;
  /** Some of a phrase's words stand there, but for their endings. */
  hints(phrase: string): boolean;
}

export const makeGround = (text: string): Ground => {
  const words = caseStems(text);
  const known = new Set(words);
  return {
    refersBack: reference.test(text.trim()),
    holds: (name) => {
      const all = caseStems(name);
      const telling = all.filter((word) => !smallWords.has(word));
      const present = telling.filter((word) => known.has(word)).length;
      if (all.length > 0 && (telling.length > 0 ? present === telling.length : all.every((word) => known.has(word))))
        return "whole";
      return present > 0 && present * 2 >= telling.length ? "partly" : "absent";
    },
    holdsAsWritten: (name) => placesOf(words, caseStems(name)).length > 0,
    standsOnlyInside: (inner, outer) => {
      const [small, big] = [caseStems(inner), caseStems(outer)];
      const outside = placesOf(words, big);
      const inside = placesOf(words, small);
      return (
        inside.length > 0 &&
        outside.length > 0 &&
        inside.every((at) => outside.some((from) => at >= from && at + small.length <= from + big.length))
      );
    },
    hints: (phrase) =>
      caseStems(phrase)
        .filter((word) => word.length > 3)
        .map((word) => word.slice(0, Math.max(4, word.length - 3)))
        .some((start) => words.some((word) => word.startsWith(start))),
  };
};

const article = /^(?:the|a|an|this|that|his|her|its|their|этот|эта|это|тот|та|его|ее|их|наш|наша|ваш)\s+/iu;

/** "The film", "компания", "he": words that stand for a thing and name none. A name has a capital or a digit of its own. */
export const isGeneric = (name: string): boolean =>
  !/[\p{Lu}\p{N}]/u.test(
    name
      .trim()
      .replace(article, "")
      .replace(/^(?:he|she|it|they|он|она|оно|они)$/iu, ""),
  );
