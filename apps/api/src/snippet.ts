import type { Hit } from "./ports.ts";

type Place = Hit["highlights"][number];

export interface Snippet {
  readonly text: string;
  /** Where it begins in the text it is cut from. Everything counts code points. */
  readonly charStart: number;
  /** In the snippet. */
  readonly highlights: readonly Place[];
}

/** Long enough for two sentences, short enough for a list of results. */
const snippetLength = 240;
/** What is read before the first highlight. */
const leadIn = 40;

const isSpace = (character: string | undefined): boolean => character === undefined || /\s/.test(character);

/**
 * The part of a text with the most highlights, cut between words; the beginning, where there are none.
 * @param highlights in their order, apart from each other
 */
export const cutSnippet = (text: string, highlights: readonly Place[]): Snippet => {
  const characters = Array.from(text);
  const inReach = (from: Place): number =>
    highlights.filter(
      ({ charStart, charEnd }) => charStart >= from.charStart && charEnd <= from.charStart + snippetLength,
    ).length;
  const first = highlights.reduce<Place | undefined>(
    (best, place) => (best === undefined || inReach(place) > inReach(best) ? place : best),
    undefined,
  );
  const latestStart = Math.max(0, characters.length - snippetLength);
  let start = Math.min(Math.max(0, (first?.charStart ?? 0) - leadIn), latestStart);
  let end = Math.min(characters.length, start + snippetLength);
  // To the next gap between words, but not past what is highlighted or halfway through one long word.
  const startLimit = Math.min(first?.charStart ?? start, start + leadIn);
  for (let at = start; start > 0 && at <= startLimit; at += 1) {
    if (!isSpace(characters[at - 1]) || isSpace(characters[at])) continue;
    start = at;
    break;
  }
  for (let at = end; end < characters.length && at > end - leadIn; at -= 1) {
    if (!isSpace(characters[at]) || isSpace(characters[at - 1])) continue;
    end = at;
    break;
  }
  return {
    text: characters.slice(start, end).join(""),
    charStart: start,
    highlights: highlights
      .filter(({ charStart, charEnd }) => charStart >= start && charEnd <= end)
      .map(({ charStart, charEnd }) => ({ charStart: charStart - start, charEnd: charEnd - start })),
  };
};
