import type { CountTokens } from "./tokens.ts";

/** Half-open range of UTF-16 units. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

// From the strongest boundary to the weakest. No "": it would cut between the halves of a character.
const separators = ["\n\n", "\n", ". ", "! ", "? ", "… ", "。", "; ", ": ", ", ", " "];

/**
 * Splits one oversize block into consecutive ranges of at most `maxTokens`, at the strongest boundaries that fit.
 * Together they cover everything but white space between them.
 */
export const splitRange = async (
  text: string,
  range: Range,
  maxTokens: number,
  countTokens: CountTokens,
): Promise<Range[]> => {
  const { RecursiveCharacterTextSplitter } = await import("@langchain/textsplitters");
  const splitter = new RecursiveCharacterTextSplitter({
    // One to spare for the punctuation that `reattach` gives back.
    chunkSize: Math.max(1, maxTokens - 1),
    chunkOverlap: 0,
    separators,
    lengthFunction: countTokens,
  });
  const pieces = await splitter.splitText(text.slice(range.start, range.end));
  const ranges: Range[] = [];
  let cursor = range.start;
  for (const piece of pieces) {
    // Separators stay in the pieces and only their ends are trimmed: each piece follows the last but for white space.
    const start = text.indexOf(piece, cursor);
    if (start === -1 || start + piece.length > range.end)
      throw new Error("the splitter returned text that is not in the block");
    cursor = start + piece.length;
    ranges.push(...splitRun(text, { start, end: cursor }, maxTokens, countTokens));
  }
  return reattach(text, ranges);
};

/** The splitter leaves a separator at the start of what follows; a full stop belongs to the sentence before it. */
const reattach = (text: string, ranges: readonly Range[]): Range[] => {
  const result: { start: number; end: number }[] = [];
  for (const range of ranges) {
    const before = result.at(-1);
    const leading = /^([.!?…。;:,])(\s*)/u.exec(text.slice(range.start, range.start + 16));
    if (before === undefined || leading === null || before.end !== range.start) {
      result.push({ ...range });
      continue;
    }
    before.end += leading[1]?.length ?? 0;
    const start = range.start + leading[0].length;
    if (start < range.end) result.push({ start, end: range.end });
  }
  return result;
};

/** What has no boundary at all (base64, Chinese): cut between characters, by halves until each half fits. */
const splitRun = (text: string, range: Range, maxTokens: number, countTokens: CountTokens): Range[] => {
  // One character may be several tokens; it cannot be cut further.
  if (range.end - range.start <= 2 || countTokens(text.slice(range.start, range.end)) <= maxTokens) return [range];
  let middle = (range.start + range.end) >>> 1;
  if (/[\udc00-\udfff]/.test(text.charAt(middle))) middle += 1;
  return [
    ...splitRun(text, { start: range.start, end: middle }, maxTokens, countTokens),
    ...splitRun(text, { start: middle, end: range.end }, maxTokens, countTokens),
  ];
};
