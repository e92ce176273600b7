import { tableHeaderLines } from "../formats/markdown-table.ts";
import type { Unit } from "./chunk.ts";
import { packUnits } from "./pack.ts";
import { splitRange } from "./split.ts";
import type { CountTokens } from "./tokens.ts";

/**
 * Splits a Markdown table between rows, where their content says (see `packUnits`): a row put in moves few cuts. The
 * first piece holds the header itself, the others carry it as `tableHeader`; each says which rows it holds. A single
 * row above the limit is split like text.
 */
export const splitTable = async (
  text: string,
  table: Unit,
  maxTokens: number,
  countTokens: CountTokens,
): Promise<Unit[]> => {
  const lines = lineRanges(text, table.start, table.end);
  const headerLines = table.tableHeader === undefined ? tableHeaderLines : 0;
  const lastHeaderLine = lines[headerLines - 1];
  const header = table.tableHeader ?? text.slice(table.start, lastHeaderLine?.end);
  const headerTokens = countTokens(header) + 1;
  // A header wider than half a chunk is not repeated: it would crowd out the rows.
  const repeats = headerTokens <= maxTokens / 2;
  const budget = repeats ? maxTokens - headerTokens : maxTokens;
  const rowOf = rowCounter(table, lines.length, headerLines);

  const rows: Unit[] = [];
  for (const [index, range] of lines.entries()) {
    if (index < headerLines) continue;
    const row = withoutHeader({ ...table, ...rowOf(index), ...range, tokens: count(range, text, countTokens) });
    if (row.tokens <= budget) rows.push(row);
    else {
      const pieces = await splitRange(text, range, budget, countTokens);
      rows.push(...pieces.map((piece) => ({ ...row, ...piece, tokens: count(piece, text, countTokens) })));
    }
  }
  const pieces = packUnits(text, rows, budget);
  const [first, ...others] = pieces;
  const repeated = (piece: Unit): Unit => (repeats ? { ...piece, tableHeader: header } : piece);
  if (lastHeaderLine === undefined) return pieces.map(repeated);
  const { rowFrom } = table;
  if (first !== undefined && repeats) {
    const opened = { ...first, start: table.start, rowFrom, tokens: headerTokens + first.tokens };
    return [opened, ...others.map(repeated)];
  }
  const range = { start: table.start, end: lastHeaderLine.end };
  const own = withoutHeader({ ...table, ...rowOf(0) });
  const headers = await splitRange(text, range, maxTokens, countTokens);
  return [...headers.map((piece) => ({ ...own, ...piece, tokens: count(piece, text, countTokens) })), ...pieces];
};

interface Range {
  readonly start: number;
  readonly end: number;
}

const count = ({ start, end }: Range, text: string, countTokens: CountTokens): number =>
  countTokens(text.slice(start, end));

const withoutHeader = ({ tableHeader: _header, rowNumbers: _rowNumbers, ...unit }: Unit): Unit => unit;

/** The sheet's row of a line; the whole table's rows where lines and rows do not go one to one. */
const rowCounter = (table: Unit, lineCount: number, headerLines: number) => {
  const { rowFrom, rowTo, rowNumbers } = table;
  const rowCount = lineCount - (headerLines > 0 ? 1 : 0);
  return (line: number): Pick<Unit, "rowFrom" | "rowTo"> => {
    const at = line === 0 || headerLines === 0 ? line : line - 1;
    const consecutive = rowFrom !== null && rowTo !== null && rowTo - rowFrom + 1 === rowCount;
    const row = rowNumbers?.[at] ?? (consecutive ? rowFrom + at : undefined);
    return row === undefined ? { rowFrom, rowTo } : { rowFrom: row, rowTo: row };
  };
};

const lineRanges = (text: string, from: number, to: number): Range[] => {
  const ranges = [];
  for (let start = from; start < to;) {
    const newline = text.indexOf("\n", start);
    const end = newline === -1 || newline > to ? to : newline;
    ranges.push({ start, end });
    start = end + 1;
  }
  return ranges;
};
