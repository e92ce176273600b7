import { once } from "node:events";
import { Readable } from "node:stream";
import papaparse from "papaparse";
import type { Block } from "../block.ts";
import { streamSheetBlocks, type SheetRow } from "./sheet-blocks.ts";

const delimiters = [",", ";", "\t"];
/** Longest start of a file that its delimiter is guessed from. */
const sampleLength = 65_536;
/** Rows in which every guess must find columns. */
const sampleRows = 50;

/**
 * Rows of delimited text into table blocks. Quoted cells may hold delimiters and line ends; a row's number is its place
 * among the records, as in a spreadsheet program.
 */
export async function* csvBlocks(pieces: AsyncIterable<string>, delimiter: string): AsyncGenerator<Block> {
  yield* streamSheetBlocks(csvRows(pieces, delimiter));
}

async function* csvRows(pieces: AsyncIterable<string>, delimiter: string): AsyncGenerator<SheetRow> {
  const parser = papaparse.parse(papaparse.NODE_STREAM_INPUT, { delimiter });
  const source = Readable.from(pieces, { objectMode: false, encoding: "utf8" });
  source.on("error", (error) => parser.destroy(error)).pipe(parser);
  let number = 0;
  for await (const cells of parser) {
    number += 1;
    yield { number, cells: cells as string[] };
  }
  if (!source.readableEnded) await once(source, "close");
}

/**
 * The delimiter of tabular text. Where the name promises a table, most rows must have the same number (above one) of
 * cells; elsewhere all of at least three, and by commas at least three cells, the last one filled: prose has commas.
 */
export const findDelimiter = (text: string, isNamed: boolean): string | undefined => {
  const isWhole = text.length <= sampleLength;
  const start = text.slice(0, sampleLength).replace(/^\ufeff/u, "");
  let best: { readonly delimiter: string; readonly columns: number; readonly share: number } | undefined;
  for (const delimiter of isNamed ? [...delimiters, "|"] : delimiters) {
    const { data } = papaparse.parse<string[]>(start, { delimiter, preview: sampleRows });
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
