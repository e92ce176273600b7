import type { Part } from "./xlsx-parts.ts";

/** Cells of several rows that show one value; 1-based rows, 0-based columns, all included. */
export interface MergedArea {
  readonly rowFrom: number;
  readonly rowTo: number;
  readonly column: number;
}

/** More than anybody draws by hand; the rest are read as they are stored. */
const maxAreas = 20_000;

/** They stand behind the rows in the file, and the rows need them. */
export const readMergedAreas = async (part: Part): Promise<readonly MergedArea[]> => {
  const areas: MergedArea[] = [];
  let rest = "";
  for await (const piece of part) {
    // References are ASCII.
    const text = rest + Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString("latin1");
    if (text.includes("mergeCell")) {
      for (const [, from = "", to = ""] of text.matchAll(/<(?:\w+:)?mergeCell\s+ref="([A-Z]+\d+):([A-Z]+\d+)"/g)) {
        const [rowFrom, rowTo] = [rowOf(from), rowOf(to)];
        if (rowFrom === rowTo || areas.length >= maxAreas) continue;
        areas.push({ rowFrom, rowTo, column: columnOf(from) });
      }
    }
    // What may be cut; matched tags are behind it.
    const open = text.lastIndexOf("<");
    rest = open === -1 || text.length - open > 200 ? "" : text.slice(open);
    if (/^<(?:\w+:)?mergeCell\s+ref="[^"]*"/.test(rest)) rest = "";
  }
  return areas.toSorted((a, b) => a.rowFrom - b.rowFrom);
};

/** Of `B7`: 1. -1 where it begins with no letter. */
export const columnOf = (reference: string): number => {
  let column = 0;
  for (let at = 0; at < reference.length; at += 1) {
    const letter = reference.charCodeAt(at) - 0x40;
    if (letter < 1 || letter > 26) break;
    column = column * 26 + letter;
  }
  return column - 1;
};

const rowOf = (reference: string): number => Number(reference.replace(/^[A-Z]+/, ""));

/** For the rows one after another: puts the value of a merged area into each of its rows. */
export const fillMerged = (areas: readonly MergedArea[]) => {
  let next = 0;
  let open: { readonly area: MergedArea; readonly text: string }[] = [];
  return (row: number, cells: string[]): string[] => {
    if (open.length === 0 && next === areas.length) return cells;
    open = open.filter(({ area }) => area.rowTo >= row);
    const isFilled = cells.some((cell) => cell !== "");
    for (const { area, text } of open) {
      // A row that holds nothing else stays empty.
      if (!isFilled || (cells[area.column] ?? "") !== "") continue;
      while (cells.length < area.column) cells.push("");
      cells[area.column] = text;
    }
    for (let area = areas[next]; area !== undefined && area.rowFrom <= row; area = areas[(next += 1)]) {
      const text = area.rowFrom === row ? (cells[area.column] ?? "") : "";
      if (text !== "") open.push({ area, text });
    }
    return cells;
  };
};
