import { countFilled, singleLine } from "./sheet-cells.ts";

/** Cells of a table for each one that is there. */
const mostPadding = 20;

/**
 * Rows of cells as a Markdown table; the first row is the header. Layout tables (one row or one column) come back as
 * plain lines, because a table of them says nothing. Undefined where no cell holds text.
 */
export const markdownTable = (
  rows: readonly (readonly string[])[],
): { readonly kind: "table" | "text"; readonly text: string } | undefined => {
  const filled = rows.map((row) => row.map(singleLine)).filter((row) => countFilled(row) > 0);
  const [header, ...body] = filled;
  if (header === undefined) return undefined;
  const width = filled.reduce((most, row) => Math.max(most, row.length), 0);
  if (body.length === 0 || width === 1) {
    return { kind: "text", text: filled.map((row) => row.filter((cell) => cell !== "").join(" ")).join("\n") };
  }
  const cells = filled.reduce((sum, row) => sum + row.length, 0);
  // One wide row among many short ones would be padding and nothing else.
  const isRagged = width * filled.length > mostPadding * cells;
  const line = (row: readonly string[]): string => tableLine(row) + (isRagged ? "" : "  |".repeat(width - row.length));
  const rule = `|${" --- |".repeat(width)}`;
  return { kind: "table", text: [line(header), rule, ...body.map(line)].join("\n") };
};

/** A line of a table. */
export const tableLine = (cells: readonly string[]): string => {
  let text = "|";
  for (const cell of cells) text += ` ${cell.includes("|") ? cell.replaceAll("|", "\\|") : cell} |`;
  return text;
};

/** Lines of a Markdown table that repeat when it is split: the header and the rule under it. */
export const tableHeaderLines = 2;
