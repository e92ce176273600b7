import type { Block } from "../block.ts";
import { type Flat, isFlat, scalarLines, scalarText, widestTable } from "./json.ts";
import { type SheetRow, streamSheetBlocks } from "./sheet-blocks.ts";

const longestLine = 16 * 1024 * 1024;

/** One value a line: flat objects are rows of a table, others stand one by one. Row numbers are lines. */
export async function* jsonLinesBlocks(pieces: AsyncIterable<string>): AsyncGenerator<Block> {
  let columns: string[] = [];
  let number = 0;
  const values = linesOf(pieces);
  let other: { readonly value: unknown; readonly number: number } | undefined;
  const isDone = { now: false };
  // Runs of flat objects are tables; anything else goes between them.
  const rows = async function* (): AsyncGenerator<SheetRow> {
    columns = [];
    for (;;) {
      const { done, value: line } = await values.next();
      if (done === true) {
        isDone.now = true;
        return;
      }
      number += 1;
      if (line.trim() === "") continue;
      const value: unknown = JSON.parse(line);
      const isRow = isFlat(value) && fits(value, columns);
      if (!isRow) {
        other = { value, number };
        return;
      }
      if (columns.length === 0) {
        columns = Object.keys(value);
        // The keys are the table's header; they stand in the same line as its first values.
        yield { number, cells: columns };
      }
      yield { number, cells: columns.map((column) => scalarText(value[column] ?? null)) };
    }
  };
  while (!isDone.now) {
    yield* streamSheetBlocks(rows());
    if (other === undefined) continue;
    const { value, number: line } = other;
    other = undefined;
    // No headings: what follows belongs to no value before it.
    yield { kind: "text", text: scalarLines(value, "").join("\n"), rowFrom: line, rowTo: line };
  }
}

/** An object of the same columns, or the first one. */
const fits = (value: Flat, columns: readonly string[]): boolean => {
  const keys = Object.keys(value);
  if (columns.length === 0) return keys.length > 1 && keys.length <= widestTable;
  return keys.every((key) => columns.includes(key));
};

/** Lines of a text that comes in pieces. @throws {RangeError} for a line that is too long to be one value */
async function* linesOf(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = "";
  for await (const piece of pieces) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > longestLine) throw new RangeError(`a line of more than ${longestLine} characters`);
    yield* lines.map(withoutMark);
  }
  yield withoutMark(rest);
}

const withoutMark = (line: string): string => line.replace(/^\ufeff/u, "");
