import { countFilled, isHeaderLike, isNumber, letters, type SheetRow, singleLine } from "./sheet-cells.ts";
import { type Emit, makeTableBlocks, type TableBlocks } from "./table-blocks.ts";

/** Rows that decide a table's columns before its first line is written. */
const lookAhead = 50;

/**
 * Rows of a sheet or CSV file, one by one, into blocks that know their rows. Empty rows part tables, unless what follows
 * goes on under the same columns; a lone cell above a table is its title, as text; a table that begins with figures has no
 * header and gets the columns' letters.
 */
export const makeSheetBlocks = (emit: Emit, sheet?: string) => {
  let table: TableBlocks | undefined;
  let waiting: SheetRow[] = [];
  let isOpen = false;
  let lastNumber = 0;

  /** Decides what the rows that wait are: titles, a new table, or more of the one before. */
  const decide = (): void => {
    const at = waiting.findIndex(({ cells }) => countFilled(cells) > 1);
    const titles = at === -1 ? waiting : waiting.slice(0, at);
    const body = at === -1 ? [] : waiting.slice(at);
    waiting = [];
    isOpen = body.length > 0;
    const [first, second] = body;
    const isNew = first !== undefined && (table === undefined || !continues(table, first, second, titles.length > 0));
    if (isNew) table?.end();
    else if (titles.length > 0) table?.flush();
    for (const { cells, number } of titles) {
      const text = cells.find((cell) => cell !== "") ?? "";
      emit({ kind: "text", text, ...(sheet === undefined ? {} : { sheet }), rowFrom: number, rowTo: number });
    }
    if (first === undefined) return;
    const isHeader = isNew && isHeaderLike(first.cells);
    if (isNew) table = makeTableBlocks(columnsOf(first, body, isHeader), sheet, emit);
    for (const row of isHeader ? body.slice(1) : body) table?.write(row);
  };

  return {
    /** @param isEven its cells are known to be single lines */
    add(row: SheetRow, isEven = false): void {
      const { number } = row;
      const cells = isEven ? row.cells : row.cells.map(singleLine);
      const isBlank = countFilled(cells) === 0;
      if (isBlank || (lastNumber !== 0 && number > lastNumber + 1)) {
        if (waiting.length > 0) decide();
        isOpen = false;
      }
      if (isBlank) return;
      lastNumber = number;
      if (isOpen && table !== undefined) {
        table.write({ number, cells });
        return;
      }
      waiting.push({ number, cells });
      if (waiting.length >= lookAhead) decide();
    },
    end(): void {
      if (waiting.length > 0) decide();
      table?.end();
      table = undefined;
    },
  };
};

/** Of a new table: those in which any of its first rows has something. */
const columnsOf = (first: SheetRow, body: readonly SheetRow[], isHeader: boolean) => {
  const from = Math.min(...body.map(({ cells }) => cells.findIndex((cell) => cell !== "")));
  const to = Math.max(...body.map(({ cells }) => cells.findLastIndex((cell) => cell !== ""))) + 1;
  const names = Array.from({ length: to - from }, (_, at) =>
    isHeader ? (first.cells[from + at] ?? "") : letters(from + at),
  );
  return { names, headerRow: isHeader ? first.number : undefined, from };
};

/** Below an empty row: more of the same table, unless it looks like the header of another. */
const continues = (
  { from, to }: TableBlocks,
  first: SheetRow,
  second: SheetRow | undefined,
  isTitled: boolean,
): boolean => {
  const firstColumn = first.cells.findIndex((cell) => cell !== "");
  const endColumn = first.cells.findLastIndex((cell) => cell !== "") + 1;
  if (!isHeaderLike(first.cells)) return firstColumn >= from && endColumn <= to;
  const isAbove = first.cells.some((cell, at) => !isNumber(cell) && isNumber(second?.cells[at] ?? ""));
  return !isTitled && !isAbove && firstColumn === from && endColumn === to;
};
