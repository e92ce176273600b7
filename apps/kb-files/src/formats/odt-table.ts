import { elements, type XmlElement } from "./xml-tree.ts";

/** Cells that stand for several; wider tables are nobody's. */
const mostRepeated = 100;
/** A value that names a group of rows; longer ones stand in the first row alone. */
const longestRepeated = 200;

/** A table's rows. A short value merged over several rows is in each of them: every row can be read alone. */
export const odtTableRows = (table: XmlElement, cellText: (cell: XmlElement) => string): string[][] => {
  const rows: string[][] = [];
  const reachingDown = new Map<number, { readonly text: string; rows: number }>();
  const readRow = (row: XmlElement): string[] => {
    const cells: string[] = [];
    for (const cell of elements(row)) {
      for (let times = countOf(cell, "number-columns-repeated"); times > 0; times -= 1) {
        const above = cell.name === "covered-table-cell" ? reachingDown.get(cells.length) : undefined;
        if (above !== undefined) {
          above.rows -= 1;
          if (above.rows === 0) reachingDown.delete(cells.length);
          cells.push(above.text);
          continue;
        }
        const text = cellText(cell);
        const down = Math.floor(Number(cell.attributes["table:number-rows-spanned"] ?? 1)) - 1;
        if (down > 0 && text.length <= longestRepeated) reachingDown.set(cells.length, { text, rows: down });
        cells.push(text);
      }
    }
    return cells;
  };
  const visit = (parent: XmlElement): void => {
    for (const child of elements(parent)) {
      if (child.name === "table-row") rows.push(readRow(child));
      else if (/^table-(header-rows|rows|row-group)$/.test(child.name)) visit(child);
    }
  };
  visit(table);
  return rows;
};

const countOf = ({ attributes }: XmlElement, name: string): number => {
  const count = attributes[`table:${name}`];
  return count === undefined ? 1 : Math.min(Math.max(Math.floor(Number(count)) || 1, 1), mostRepeated);
};
