import type { Block, Place } from "../block.ts";
import { fnv1a } from "../chunking/fnv1a.ts";
import { tableLine } from "./markdown-table.ts";
import { countFilled, letters, type SheetRow } from "./sheet-cells.ts";

/** Above these a repeated header would crowd out the rows: each row becomes lines of `column: value`. */
const widestTable = 40;
const longestHeader = 1_000;
/** A block ends at a row whose hash says so, and at the latest after the most rows: an edit moves few ends. */
const fewestRows = 256;
const mostRows = 2_048;

export interface TableColumns {
  readonly names: readonly string[];
  /** The row that they stand in; absent where they are letters. */
  readonly headerRow?: number | undefined;
  /** Column of the first one, 0 for A; what stands before it joins the first cell. */
  readonly from?: number;
}

export type Emit = (block: Block) => void;

/**
 * Writes the rows of one table as Markdown, in blocks that know their rows; the first one holds the header, later ones go on
 * with it. Cells are single lines.
 */
export const makeTableBlocks = (
  { names, headerRow, from = 0 }: TableColumns,
  sheet: string | undefined,
  emit: Emit,
) => {
  const place = (rowFrom: number, rowTo: number): Place =>
    sheet === undefined ? { rowFrom, rowTo } : { sheet, rowFrom, rowTo };
  const header = `${tableLine(names)}\n|${" --- |".repeat(names.length)}`;
  const isWide = names.length > widestTable || header.length > longestHeader;
  const to = from + names.length;
  let hasBegun = isWide;
  let lines: string[] = [];
  let numbers: number[] = [];

  const flush = (): void => {
    const [first] = numbers;
    const last = numbers.at(-1);
    if (first === undefined || last === undefined) return;
    const opens = !hasBegun;
    const rowNumbers = opens ? [headerRow ?? first, ...numbers] : numbers;
    const rowFrom = opens ? (headerRow ?? first) : first;
    emit({
      kind: "table",
      text: opens ? `${header}\n${lines.join("\n")}` : lines.join("\n"),
      ...place(rowFrom, last),
      ...(rowNumbers.every((row, index) => row === rowFrom + index) ? {} : { rowNumbers }),
      ...(opens ? {} : { tableHeader: header }),
    });
    hasBegun = true;
    [lines, numbers] = [[], []];
  };

  return {
    from,
    to,
    write({ number, cells: all }: SheetRow): void {
      if (countFilled(all) === 0) return;
      const cells = from === 0 && all.length === to ? all : inColumns(all, from, to);
      if (isWide) {
        const text = cells.flatMap((cell, at) => {
          const name = names[at] ?? "";
          return cell === "" ? [] : `${name === "" ? letters(from + at) : name}: ${cell}`;
        });
        emit({ kind: "text", text: text.join("\n"), ...place(number, number) });
        return;
      }
      const text = tableLine(cells);
      lines.push(text);
      numbers.push(number);
      const ends = lines.length >= fewestRows && fnv1a(text, 0, text.length) % fewestRows === 0;
      if (ends || lines.length >= mostRows) flush();
    },
    /** Something else comes between its rows. */
    flush,
    end(): void {
      flush();
      // A header with nothing under it still says something.
      if (hasBegun || headerRow === undefined) return;
      emit({ kind: "text", text: names.filter((name) => name !== "").join(" | "), ...place(headerRow, headerRow) });
    },
  };
};

export type TableBlocks = ReturnType<typeof makeTableBlocks>;

/** A row's cells in the table's columns; what is left of them joins the first. */
const inColumns = (cells: readonly string[], from: number, to: number): string[] => {
  const own = cells.slice(from);
  while (own.length < to - from) own.push("");
  while (own.length > to - from && own.at(-1) === "") own.pop();
  const left = cells.slice(0, from).filter((cell) => cell !== "");
  return left.length === 0 ? own : own.with(0, [...left, own[0]].join(" ").trim());
};
