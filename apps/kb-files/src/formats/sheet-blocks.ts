import type { Block } from "../block.ts";
import { fnv1a } from "../chunking/fnv1a.ts";

/** A row as a spreadsheet shows it. Cells are single lines; what is beyond the last filled one may be missing. */
export interface SheetRow {
  /** 1-based, as the program numbers it. */
  readonly number: number;
  readonly cells: readonly string[];
}

/** Rows that decide a table's columns before its first line is written. */
const lookAhead = 50;
/** Above these a repeated header would crowd out the rows: each row becomes lines of `column: value`. */
const widestTable = 40;
const longestHeader = 1_000;
/** A block ends at a row whose hash says so, and at the latest after the most rows: an edit moves few ends. */
const fewestRows = 256;
const mostRows = 2_048;

/**
 * Rows of a sheet or CSV file into blocks that know their rows. Empty rows part tables, unless what follows goes on
 * under the same columns; a lone cell above a table is its title, as text; a table that begins with figures has no
 * header and gets the columns' letters.
 */
export function* sheetBlocks(rows: Iterable<SheetRow>, sheet?: string): Generator<Block> {
  const writer = makeWriter(sheet);
  for (const row of rows) yield* writer.add(row);
  yield* writer.end();
}

/** The same for rows that come in by and by. */
export async function* streamSheetBlocks(rows: AsyncIterable<SheetRow>, sheet?: string): AsyncGenerator<Block> {
  const writer = makeWriter(sheet);
  for await (const row of rows) yield* writer.add(row);
  yield* writer.end();
}

interface Table {
  readonly from: number;
  readonly to: number;
  readonly names: readonly string[];
  /** Header and rule; empty for a wide table. */
  readonly header: string;
  /** The first block holds the header; later ones go on with it. */
  begun: boolean;
  readonly headerRow: number | undefined;
}

const makeWriter = (sheet: string | undefined) => {
  const place = (from: number, to: number) => ({ ...(sheet === undefined ? {} : { sheet }), rowFrom: from, rowTo: to });
  let table: Table | undefined;
  let waiting: SheetRow[] = [];
  let isOpen = false;
  let lines: string[] = [];
  let numbers: number[] = [];
  let lastNumber = 0;

  function* flush(): Generator<Block> {
    const [first] = numbers;
    const last = numbers.at(-1);
    if (table === undefined || first === undefined || last === undefined) return;
    const opens = !table.begun;
    const own = opens && table.headerRow !== undefined ? [table.headerRow] : [];
    const rowNumbers = opens ? [table.headerRow ?? first, ...numbers] : numbers;
    const from = own[0] ?? first;
    const isRun = rowNumbers.every((row, index) => row === from + index);
    yield {
      kind: "table",
      text: [...(opens ? [table.header] : []), ...lines].join("\n"),
      ...place(from, last),
      ...(isRun ? {} : { rowNumbers }),
      ...(opens ? {} : { tableHeader: table.header }),
    };
    table.begun = true;
    [lines, numbers] = [[], []];
  }

  function* write(row: SheetRow): Generator<Block> {
    if (table === undefined) return;
    const cells = inColumns(row.cells, table.from, table.to);
    if (table.header === "") {
      const text = cells.flatMap((cell, at) => (cell === "" ? [] : `${table?.names[at] ?? letters(at)}: ${cell}`));
      yield { kind: "text", text: text.join("\n"), ...place(row.number, row.number) };
      return;
    }
    const text = line(cells);
    lines.push(text);
    numbers.push(row.number);
    const ends = lines.length >= fewestRows && fnv1a(text, 0, text.length) % fewestRows === 0;
    if (ends || lines.length >= mostRows) yield* flush();
  }

  function* close(): Generator<Block> {
    yield* flush();
    // A header with nothing under it still says something.
    if (table?.begun === false && table.headerRow !== undefined) {
      const text = table.names.filter((name) => name !== "").join(" | ");
      yield { kind: "text", text, ...place(table.headerRow, table.headerRow) };
    }
    table = undefined;
  }

  /** Decides what the rows that wait are: titles, a new table, or more of the one before. */
  function* decide(): Generator<Block> {
    const at = waiting.findIndex(({ cells }) => filled(cells) > 1);
    const titles = at === -1 ? waiting : waiting.slice(0, at);
    const body = at === -1 ? [] : waiting.slice(at);
    waiting = [];
    isOpen = body.length > 0;
    const [first, second] = body;
    const isNew = first !== undefined && (table === undefined || !continues(table, first, second, titles.length > 0));
    if (isNew) yield* close();
    else if (titles.length > 0) yield* flush();
    for (const { cells, number } of titles) {
      yield { kind: "text", text: cells.find((cell) => cell !== "") ?? "", ...place(number, number) };
    }
    let rest = body;
    if (isNew) [table, ...rest] = begin(first, body);
    for (const row of rest) yield* write(row);
  }

  return {
    *add({ number, cells }: SheetRow): Generator<Block> {
      const row = { number, cells: cells.map((cell) => cell.replace(/\s+/gu, " ").trim()) };
      const isBlank = filled(row.cells) === 0;
      if (isBlank || (lastNumber !== 0 && number > lastNumber + 1)) {
        if (waiting.length > 0) yield* decide();
        isOpen = false;
      }
      if (isBlank) return;
      lastNumber = number;
      if (isOpen && table !== undefined) yield* write(row);
      else {
        waiting.push(row);
        if (waiting.length >= lookAhead) yield* decide();
      }
    },
    *end(): Generator<Block> {
      if (waiting.length > 0) yield* decide();
      yield* close();
    },
  };
};

const begin = (first: SheetRow, body: readonly SheetRow[]): [Table, ...SheetRow[]] => {
  const from = Math.min(...body.map(({ cells }) => cells.findIndex((cell) => cell !== "")));
  const to = Math.max(...body.map(({ cells }) => cells.findLastIndex((cell) => cell !== ""))) + 1;
  const isHeader = isHeaderLike(first.cells);
  const names = Array.from({ length: to - from }, (_, at) => {
    const name = isHeader ? (first.cells[from + at] ?? "") : "";
    return name === "" && !isHeader ? letters(from + at) : name;
  });
  const header = `${line(names)}\n|${" --- |".repeat(names.length)}`;
  const isWide = names.length > widestTable || header.length > longestHeader;
  const table: Table = {
    from,
    to,
    names: isWide ? names.map((name, at) => (name === "" ? letters(from + at) : name)) : names,
    header: isWide ? "" : header,
    begun: isWide,
    headerRow: isHeader ? first.number : undefined,
  };
  return isHeader ? [table, ...body.slice(1)] : [table, ...body];
};

/** Below an empty row: more of the same table, unless it looks like the header of another. */
const continues = (table: Table, first: SheetRow, second: SheetRow | undefined, isTitled: boolean): boolean => {
  const from = first.cells.findIndex((cell) => cell !== "");
  const to = first.cells.findLastIndex((cell) => cell !== "") + 1;
  if (!isHeaderLike(first.cells)) return from >= table.from && to <= table.to;
  const isAbove = first.cells.some((cell, at) => !isNumber(cell) && isNumber(second?.cells[at] ?? ""));
  return !isTitled && !isAbove && from === table.from && to === table.to;
};

/** Names of columns: words or years. */
const isHeaderLike = (cells: readonly string[]): boolean =>
  cells.every((cell) => !isNumber(cell) || /^(19|20|21)\d\d$/.test(cell)) &&
  cells.some((cell) => cell !== "" && !isNumber(cell));

const isNumber = (cell: string): boolean => /^[-+−(]?[$€£₽]?\s?\d[\d\s.,']*\s?[%)₽€$]?$/u.test(cell);

const filled = (cells: readonly string[]): number =>
  cells.reduce((count, cell) => (cell === "" ? count : count + 1), 0);

/** A row's cells in the table's columns; what is left of them joins the first. */
const inColumns = (cells: readonly string[], from: number, to: number): string[] => {
  const own = Array.from({ length: Math.max(to, cells.length) - from }, (_, at) => cells[from + at] ?? "");
  const left = cells.slice(0, from).filter((cell) => cell !== "");
  while (own.length > to - from && own.at(-1) === "") own.pop();
  return left.length === 0 ? own : own.with(0, [...left, own[0]].join(" ").trim());
};

const line = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;

/** 0 is A, 26 is AA. */
export const letters = (column: number): string =>
  (column >= 26 ? letters(Math.floor(column / 26) - 1) : "") + String.fromCharCode(65 + (column % 26));
