import papaparse from "papaparse";
import type { Block } from "../block.ts";
import { makeSheetBlocks } from "./sheet-blocks.ts";

const delimiters = [",", ";", "\t"];
/** Longest start of a file that its delimiter is guessed from. */
const sampleLength = 65_536;
/** Rows in which every guess must find columns. */
const sampleRows = 50;
/** Others are made to it: the module's own guess reads the text once more. */
const newline = "\n";
/** Characters that are parsed at a time, and the most that one quoted cell may hold. */
const batchLength = 64 * 1024;
const longestCell = 16 * 1024 * 1024;

/**
 * Delimited text into table blocks. Quoted cells may hold delimiters and line ends; a row's number is its place among the
 * records, as in a spreadsheet program.
 */
export async function* csvBlocks(pieces: AsyncIterable<string>, delimiter: string): AsyncGenerator<Block> {
  const blocks: Block[] = [];
  const sheet = makeSheetBlocks((block) => blocks.push(block));
  let number = 0;
  for await (const { rows, isEven } of csvRows(pieces, delimiter)) {
    for (const cells of rows) sheet.add({ number: (number += 1), cells }, isEven);
    yield* blocks.splice(0);
  }
  sheet.end();
  yield* blocks;
}

interface Batch {
  readonly rows: readonly string[][];
  /** No cell needs to be made a single line: looked for once, because cells are many. */
  readonly isEven: boolean;
}

async function* csvRows(pieces: AsyncIterable<string>, delimiter: string): AsyncGenerator<Batch> {
  const uneven = new RegExp(`"|[^\\S\\n ${delimiter}]|  |(?:^|[\\n${delimiter}]) | (?:[\\n${delimiter}]|$)`);
  // The module's own stream starts over at every pause; this parses each batch once.
  const parser = new papaparse.Parser({ delimiter, newline });
  let text = "";
  let isStart = true;
  let wanted = batchLength;
  for await (const piece of pieces) {
    text += isStart ? piece.replace(/^\ufeff/u, "") : piece;
    isStart &&= text === "";
    if (text.includes("\r")) text = text.replace(/\r\n|\r(?!$)/g, "\n");
    if (text.length < wanted) continue;
    const { data, meta } = parser.parse(text, 0, true) as ParsedRows;
    yield { rows: data, isEven: !uneven.test(text) };
    text = text.slice(meta.cursor);
    // A quote that is left open swallows all that follows: look for its end ever less often.
    wanted = Math.max(batchLength, 2 * text.length);
    if (text.length > longestCell) throw new RangeError(`a cell of more than ${longestCell} characters`);
  }
  const { data } = parser.parse(text.replaceAll("\r", "\n"), 0, false) as ParsedRows;
  // The line end of the last row begins no other.
  const isEnded = text.endsWith("\n") || text.endsWith("\r");
  const rows = isEnded && data.at(-1)?.join("") === "" ? data.slice(0, -1) : data;
  yield { rows, isEven: !uneven.test(text) };
}

interface ParsedRows {
  readonly data: string[][];
  readonly meta: { readonly cursor: number };
}

/**
 * The delimiter of tabular text. Where the name promises a table, most rows must have the same number (above one) of
 * cells; elsewhere all of at least three, and by commas at least three cells, the last one filled: prose has commas.
 */
export const findDelimiter = (text: string, isNamed: boolean): string | undefined => {
  const isWhole = text.length <= sampleLength;
  const start = text
    .slice(0, sampleLength)
    .replace(/^\ufeff/u, "")
    .replace(/\r\n?/g, "\n");
  let best: { readonly delimiter: string; readonly columns: number; readonly share: number } | undefined;
  for (const delimiter of isNamed ? [...delimiters, "|"] : delimiters) {
    const { data } = new papaparse.Parser({ delimiter, newline, preview: sampleRows }).parse(
      start,
      0,
      false,
    ) as ParsedRows;
    // The sample may end inside a row.
    const rows = (isWhole || data.length === sampleRows ? data : data.slice(0, -1)).filter(
      (row) => row.length > 1 || (row[0] ?? "").trim() !== "",
    );
    const columns = mostCommon(rows.map((row) => row.length));
    const agreeing = rows.filter((row) => row.length === columns);
    const isTable = isNamed
      ? agreeing.length >= 0.5 * rows.length
      : rows.length >= 3 &&
        agreeing.length === rows.length &&
        columns >= (delimiter === "\t" ? 2 : 3) &&
        agreeing.filter((row) => row.at(-1)?.trim() !== "").length >= 0.5 * rows.length;
    const share = agreeing.length / rows.length;
    const isBetter = best === undefined || share > best.share || (share === best.share && columns > best.columns);
    if (columns > 1 && isTable && isBetter) best = { delimiter, columns, share };
  }
  return best?.delimiter;
};

const mostCommon = (numbers: readonly number[]): number => {
  const counts = new Map<number, number>();
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
  return [...counts].reduce((best, next) => (next[1] > best[1] ? next : best), [0, 0])[0] ?? 0;
};
