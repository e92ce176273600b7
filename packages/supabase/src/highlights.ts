/** A place in a text: Unicode code points, half-open. */
export interface Highlight {
  readonly charStart: number;
  readonly charEnd: number;
}

/** Noncharacters, which no text has: the signs of agent_jobs.mark_matches. */
const starts = "\u{FDD0}";
const ends = "\u{FDD1}";

/**
 * Where the signs stand, as places of the text without them.
 * @param text what was marked. Should the marked one not be of its length, there are no highlights rather than wrong ones.
 */
export const readHighlights = (marked: string, text: string): readonly Highlight[] => {
  const highlights: { charStart: number; charEnd: number }[] = [];
  let position = 0;
  let charStart = 0;
  for (const sign of marked) {
    if (sign === starts) charStart = position;
    else if (sign === ends) highlights.push({ charStart, charEnd: position });
    else position += 1;
  }
  return position === Array.from(text).length ? highlights : [];
};
