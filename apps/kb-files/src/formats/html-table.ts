import { inlineText, isHidden } from "./html-text.ts";
import type { HtmlElement } from "./html-tree.ts";
import { descendants, elements } from "./xml-tree.ts";

/** Wider and longer cells than anybody draws; what is beyond is read as it stands. */
const mostColumns = 100;
const mostRows = 10_000;
/** Repeated text of a table: at first so many characters, and in all so many times what its cells hold. */
const firstRepeated = 1_000;
const mostRepeated = 4;

/**
 * The rows of a table that holds no other. A cell over several columns is in the first, one over several rows in each of
 * them: every row can be read alone, and the cells behind stay in their columns.
 */
export const tableRows = (table: HtmlElement): string[][] => {
  const reachingDown = new Map<number, { readonly text: string; rows: number }>();
  let ownLength = 0;
  let repeatedLength = 0;
  const takeFromAbove = (cells: string[]): boolean => {
    const column = cells.length;
    const cell = reachingDown.get(column);
    if (cell === undefined) return false;
    repeatedLength += cell.text.length;
    cells.push(repeatedLength <= firstRepeated + mostRepeated * ownLength ? cell.text : "");
    cell.rows -= 1;
    if (cell.rows === 0) reachingDown.delete(column);
    return true;
  };
  return descendants(table, "tr")
    .filter((row) => !isHidden(row))
    .map((row) => {
      const cells: string[] = [];
      const waiting = [...reachingDown.keys()].toSorted((a, b) => a - b);
      const before = ownLength;
      for (const cell of elements(row)) {
        if (cell.name !== "td" && cell.name !== "th") continue;
        while (takeFromAbove(cells));
        const text = inlineText(cell);
        ownLength += text.length;
        const rows = spanOf(cell, "rowspan", mostRows) - 1;
        for (let column = spanOf(cell, "colspan", mostColumns), shown = text; column > 0; column -= 1, shown = "") {
          if (rows > 0 && reachingDown.size < mostColumns) reachingDown.set(cells.length, { text: shown, rows });
          cells.push(shown);
        }
      }
      for (const column of waiting) {
        if (column < cells.length) continue;
        while (cells.length < column) cells.push("");
        takeFromAbove(cells);
      }
      // A row that holds nothing else stays empty.
      return ownLength === before ? [] : cells;
    });
};

const spanOf = ({ attributes }: HtmlElement, name: "colspan" | "rowspan", most: number): number =>
  attributes[name] === undefined ? 1 : Math.min(Math.max(Math.floor(Number(attributes[name])) || 1, 1), most);
