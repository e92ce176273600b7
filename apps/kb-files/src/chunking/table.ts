import { tableHeaderLines } from "../formats/markdown-table.ts";
import type { Unit } from "./chunk.ts";
import { splitRange } from "./split.ts";
import type { CountTokens } from "./tokens.ts";

/**
 * Splits a Markdown table between rows. The first piece holds the header itself, the others carry it as `tableHeader`.
 * A single row above the limit is split like text.
 */
export const splitTable = async (
  text: string,
  table: Unit,
  maxTokens: number,
  countTokens: CountTokens,
): Promise<Unit[]> => {
  const lines = lineRanges(text, table.start, table.end);
  const lastHeaderLine = lines[tableHeaderLines - 1];
  if (lastHeaderLine === undefined) return [table];
  const header = text.slice(table.start, lastHeaderLine.end);
  const headerTokens = countTokens(header);
  // A header wider than half a chunk is not repeated: it would crowd out the rows.
  const repeats = headerTokens <= maxTokens / 2;
  const budget = repeats ? maxTokens - headerTokens : maxTokens;
  const pieces: Unit[] = [];
  let start = table.start;
  let end = lastHeaderLine.end;
  let tokens = 0;
  const push = (range: { readonly start: number; readonly end: number }): void => {
    const isFirst = pieces.length === 0;
    const piece = { ...table, ...range, tokens: countTokens(text.slice(range.start, range.end)) };
    pieces.push(isFirst || !repeats ? piece : { ...piece, tableHeader: header });
  };
  for (const row of lines.slice(tableHeaderLines)) {
    const rowTokens = countTokens(text.slice(row.start, row.end)) + 1;
    if (tokens > 0 && tokens + rowTokens > budget) {
      push({ start, end });
      [start, tokens] = [row.start, 0];
    }
    if (rowTokens > budget) {
      for (const range of await splitRange(text, { start, end: row.end }, budget, countTokens)) push(range);
      [start, end, tokens] = [row.end + 1, row.end, 0];
      continue;
    }
    [end, tokens] = [row.end, tokens + rowTokens];
  }
  if (end > start) push({ start, end });
  return pieces;
};

const lineRanges = (text: string, from: number, to: number): { readonly start: number; readonly end: number }[] => {
  const ranges = [];
  for (let start = from; start < to;) {
    const newline = text.indexOf("\n", start);
    const end = newline === -1 || newline > to ? to : newline;
    ranges.push({ start, end });
    start = end + 1;
  }
  return ranges;
};
