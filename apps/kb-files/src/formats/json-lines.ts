import type { Block } from "../block.ts";
import { type Flat, isFlat, scalarLines, scalarText, widestTable } from "./json-values.ts";
import { singleLine } from "./sheet-cells.ts";
import { makeTableBlocks, type TableBlocks } from "./table-blocks.ts";

const longestLine = 16 * 1024 * 1024;

/**
 * One value a line: runs of flat objects with the same keys are tables, anything else stands between them. Row numbers are
 * lines; the keys stand in the same line as a table's first values.
 */
export async function* jsonLinesBlocks(pieces: AsyncIterable<string>): AsyncGenerator<Block> {
  const blocks: Block[] = [];
  const emit = (block: Block): void => void blocks.push(block);
  let columns: readonly string[] = [];
  let table: TableBlocks | undefined;
  let number = 0;

  /** In the table that is being written, or as the first row of another. */
  const fits = (value: Flat): boolean => {
    const keys = Object.keys(value);
    if (table === undefined) return keys.length > 1 && keys.length <= widestTable;
    return keys.every((key) => columns.includes(key));
  };
  const add = (value: unknown): void => {
    if (isFlat(value) && fits(value)) {
      if (table === undefined) {
        columns = Object.keys(value);
        table = makeTableBlocks({ names: columns.map(singleLine), headerRow: number }, undefined, emit);
      }
      table.write({ number, cells: columns.map((column) => singleLine(scalarText(value[column]))) });
      return;
    }
    table?.end();
    table = undefined;
    // No headings: what follows belongs to no value before it.
    emit({ kind: "text", text: scalarLines(value, "").join("\n"), rowFrom: number, rowTo: number });
  };

  for await (const lines of linesOf(pieces)) {
    for (const line of lines) {
      number += 1;
      if (line.trim() !== "") add(JSON.parse(line));
    }
    yield* blocks.splice(0);
  }
  table?.end();
  yield* blocks;
}

/** Lines of a text that comes in pieces. @throws {RangeError} for a line that is too long to be one value */
async function* linesOf(pieces: AsyncIterable<string>): AsyncGenerator<readonly string[]> {
  let rest = "";
  let isStart = true;
  for await (const piece of pieces) {
    const lines = (rest + (isStart ? piece.replace(/^\ufeff/u, "") : piece)).split("\n");
    isStart = false;
    rest = lines.pop() ?? "";
    if (rest.length > longestLine) throw new RangeError(`a line of more than ${longestLine} characters`);
    yield lines;
  }
  yield [rest];
}
