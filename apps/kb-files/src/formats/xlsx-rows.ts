import { type SheetRow } from "./sheet-cells.ts";
import { columnOf, fillMerged, type MergedArea } from "./xlsx-merged.ts";
import type { Part } from "./xlsx-parts.ts";
import { readXmlBytes } from "./xml-events.ts";

/** What the cells of a sheet refer to. */
export interface SheetContext {
  readonly strings: readonly string[];
  /** A number as its style shows it. */
  readonly show: (value: number, style: number) => string;
  readonly merged: readonly MergedArea[];
}

/** Excel's own last column and row. */
const maxColumns = 16_384;
const maxRows = 1_048_576;

/**
 * A sheet's rows in order, each to `onRow`. A value merged over several rows is in each of them: every row can be read
 * alone.
 */
export const readSheetRows = async (
  part: Part,
  { strings, show, merged }: SheetContext,
  onRow: (row: SheetRow) => void,
): Promise<void> => {
  const withMerged = fillMerged(merged);
  let rowNumber = 0;
  let cells: string[] = [];
  let column = -1;
  let type = "n";
  let style = 0;
  let value = "";
  let formula = "";
  let inlineText = "";
  let into: "value" | "formula" | "text" | undefined;

  const shownCell = (): string => {
    if (type === "inlineStr") return inlineText;
    // A program that computes nothing stores formulas without results.
    if (value === "") return formula === "" ? "" : `=${formula}`;
    if (type === "s") return strings[Number(value)] ?? "";
    if (type === "b") return value === "1" ? "TRUE" : "FALSE";
    if (type === "d") return value.replace(/T00:00:00(\.0+)?Z?$/, "").replace("T", " ");
    if (type !== "n") return value;
    const number = Number(value);
    return Number.isFinite(number) ? show(number, style) : value;
  };

  await readXmlBytes(part, {
    open: (name, attributes) => {
      if (name === "c") {
        const named = columnOf(attributes["r"] ?? "");
        column = named === -1 ? column + 1 : named;
        if (column >= maxColumns) throw new RangeError(`column ${column}`);
        type = attributes["t"] ?? "n";
        style = Number(attributes["s"] ?? 0);
        value = formula = inlineText = "";
      } else if (name === "v") into = "value";
      else if (name === "t") into = "text";
      else if (name === "f") into = "formula";
      else if (name === "row") {
        rowNumber = Number(attributes["r"]) || rowNumber + 1;
        if (rowNumber > maxRows) throw new RangeError(`row ${rowNumber}`);
        cells = [];
        column = -1;
      }
    },
    text: (text) => {
      if (into === "value") value += text;
      else if (into === "text") inlineText += text;
      else if (into === "formula") formula += text;
    },
    close: (name) => {
      if (name === "v" || name === "t" || name === "f") into = undefined;
      else if (name === "row") onRow({ number: rowNumber, cells: withMerged(rowNumber, cells) });
      else if (name === "c") {
        const text = shownCell();
        if (text === "") return;
        while (cells.length < column) cells.push("");
        cells[column] = text;
      }
    },
  });
};
