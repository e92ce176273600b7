import type { SheetRow } from "./sheet-blocks.ts";
import type { Part } from "./xlsx-parts.ts";
import { xmlEvents, xmlText } from "./xml-events.ts";

interface SheetContext {
  readonly strings: readonly string[];
  /** A number as its style shows it. */
  readonly show: (value: number, style: number) => string;
  readonly merged: readonly Area[];
}

/** Merged cells; 1-based rows, 0-based columns, all included. */
export interface Area {
  readonly rowFrom: number;
  readonly rowTo: number;
  readonly columnFrom: number;
  readonly columnTo: number;
}

/** Excel's own last column and row. */
const maxColumns = 16_384;
const maxRows = 1_048_576;
/** More merged areas than anybody draws by hand; the rest are read as they are stored. */
const maxAreas = 20_000;

/** Merged areas of several rows: they stand behind the rows, and the rows need them. */
export const mergedAreas = async (part: Part): Promise<readonly Area[]> => {
  const areas: Area[] = [];
  let rest = "";
  for await (const piece of xmlText(part)) {
    const text = rest + piece;
    for (const [, from = "", to = ""] of text.matchAll(/<(?:\w+:)?mergeCell\s+ref="([A-Z]+\d+):([A-Z]+\d+)"/g)) {
      const [first, last] = [position(from), position(to)];
      if (first === undefined || last === undefined || last.row === first.row || areas.length >= maxAreas) continue;
      areas.push({ rowFrom: first.row, rowTo: last.row, columnFrom: first.column, columnTo: last.column });
    }
    // What may be cut; matched tags are behind it.
    const open = text.lastIndexOf("<");
    rest = open === -1 || text.length - open > 200 ? "" : text.slice(open);
    if (/^<(?:\w+:)?mergeCell\s+ref="[^"]*"/.test(rest)) rest = "";
  }
  return areas;
};

/** A sheet's rows in order. A value merged over several rows is in each of them: every row can be read alone. */
export async function* sheetRows(part: Part, { strings, show, merged }: SheetContext): AsyncGenerator<SheetRow> {
  const spread = spreadMerged(merged);
  let rowNumber = 0;
  let cells: string[] = [];
  let column = -1;
  let cell = { ...emptyCell };
  let into: "value" | "formula" | "text" | undefined;
  for await (const events of xmlEvents(xmlText(part))) {
    for (const event of events) {
      if (event.kind === "text") {
        if (into !== undefined) cell[into] += event.text;
        continue;
      }
      const isOpen = event.kind === "open";
      switch (event.name) {
        case "row":
          if (isOpen) {
            rowNumber = Number(event.attributes["r"]) || rowNumber + 1;
            if (rowNumber > maxRows) throw new RangeError(`row ${rowNumber}`);
            [cells, column] = [[], -1];
          } else yield { number: rowNumber, cells: spread(rowNumber, cells) };
          break;
        case "c":
          if (isOpen) {
            column = position(event.attributes["r"] ?? "")?.column ?? column + 1;
            if (column >= maxColumns) throw new RangeError(`column ${column}`);
            cell = { ...emptyCell, type: event.attributes["t"] ?? "n", style: Number(event.attributes["s"] ?? 0) };
          } else {
            const text = cellText(cell, strings, show);
            if (text !== "") {
              while (cells.length < column) cells.push("");
              cells[column] = text;
            }
          }
          break;
        case "v":
          into = isOpen ? "value" : undefined;
          break;
        case "f":
          into = isOpen ? "formula" : undefined;
          break;
        case "t":
          into = isOpen ? "text" : undefined;
      }
    }
  }
}

const emptyCell = { type: "n", style: 0, value: "", formula: "", text: "" };

const cellText = (
  { type, style, value, formula, text }: typeof emptyCell,
  strings: readonly string[],
  show: SheetContext["show"],
): string => {
  if (type === "inlineStr") return text;
  // A program that computes nothing stores formulas without results.
  if (value === "") return formula === "" ? "" : `=${formula}`;
  if (type === "s") return strings[Number(value)] ?? "";
  if (type === "b") return value === "1" ? "TRUE" : "FALSE";
  if (type === "d") return value.replace(/T00:00:00(\.0+)?Z?$/, "").replace("T", " ");
  if (type !== "n") return value;
  const number = Number(value);
  return Number.isFinite(number) ? show(number, style) : value;
};

/** `B7` is row 7, column 1. */
const position = (reference: string): { readonly row: number; readonly column: number } | undefined => {
  const [, letters, row] = /^\$?([A-Z]{1,3})\$?(\d{1,7})$/.exec(reference) ?? [];
  if (letters === undefined) return undefined;
  let column = 0;
  for (const letter of letters) column = column * 26 + letter.charCodeAt(0) - 64;
  return { row: Number(row), column: column - 1 };
};

const spreadMerged = (merged: readonly Area[]) => {
  const waiting = merged.toSorted((a, b) => a.rowFrom - b.rowFrom);
  let next = 0;
  let open: { readonly area: Area; readonly text: string }[] = [];
  return (row: number, cells: string[]): string[] => {
    open = open.filter(({ area }) => area.rowTo >= row);
    const isFilled = cells.some((cell) => cell !== "");
    for (const { area, text } of open) {
      // A row that holds nothing else stays empty.
      if (!isFilled || (cells[area.columnFrom] ?? "") !== "") continue;
      while (cells.length < area.columnFrom) cells.push("");
      cells[area.columnFrom] = text;
    }
    for (let area = waiting[next]; area !== undefined && area.rowFrom <= row; area = waiting[(next += 1)]) {
      const text = area.rowFrom === row ? (cells[area.columnFrom] ?? "") : "";
      if (text !== "") open.push({ area, text });
    }
    return cells;
  };
};
