import type { Edges, PdfLine, PdfPage } from "./pdfium.ts";

/** Fewer lines side by side are a picture's caption or a table. */
const fewestLines = 4;
/** Of the page's width: narrower than any column of prose. */
const narrowestColumn = 0.2;
const maxColumns = 4;

/**
 * The page's lines in the order of reading: column by column, each between the lines of full width above and below.
 * A column is known by the gap beside it: lines of prose on both sides over the same height, and nothing across.
 * Cells of a table are too short to be taken for prose. Pages without columns stay as they are.
 */
export const inReadingOrder = (page: PdfPage): PdfPage => {
  const ordered = orderColumns(page.lines, page.width, maxColumns);
  return ordered === undefined ? page : { ...page, lines: ordered };
};

interface Columns {
  readonly left: readonly PdfLine[];
  readonly right: readonly PdfLine[];
  /** Lines of full width. */
  readonly across: readonly PdfLine[];
}

const orderColumns = (lines: readonly PdfLine[], pageWidth: number, columns: number): PdfLine[] | undefined => {
  const found = columns < 2 ? undefined : findColumns(lines, pageWidth);
  if (found === undefined) return undefined;
  const column = (side: readonly PdfLine[]): readonly PdfLine[] =>
    orderColumns(side, pageWidth, columns - 1) ?? downwards(side).map(withEdges(side));
  const left = column(found.left);
  const right = column(found.right);
  const ordered: PdfLine[] = [];
  let top = Infinity;
  // Each line of full width closes the columns above it; the page's lower edge closes the last.
  for (const line of [...downwards(found.across), undefined]) {
    const bottom = line?.bottom ?? -Infinity;
    const between = (other: PdfLine): boolean => other.bottom <= top && other.bottom > bottom;
    ordered.push(...left.filter(between), ...right.filter(between));
    if (line !== undefined) ordered.push(line);
    top = bottom;
  }
  return ordered;
};

const withEdges = (side: readonly PdfLine[]) => {
  const column = edgesOf(side);
  return (line: PdfLine): PdfLine => ({ ...line, column });
};

/** Where full lines begin and end: the edges that a tenth of the lines reach or pass. */
export const edgesOf = (lines: readonly PdfLine[]): Edges => {
  const at = (values: number[], share: number): number =>
    values.sort((a, b) => a - b)[Math.floor(values.length * share)] ?? 0;
  return {
    left: at(
      lines.map((line) => line.left),
      0.1,
    ),
    right: at(
      lines.map((line) => line.right),
      0.9,
    ),
  };
};

/** From the top; pieces of one line from the left. */
const downwards = (lines: readonly PdfLine[]): PdfLine[] => {
  const height = median(lines.map((line) => line.top - line.bottom));
  const rows: { readonly bottom: number; readonly pieces: PdfLine[] }[] = [];
  for (const line of lines.toSorted((a, b) => b.bottom - a.bottom)) {
    const row = rows.at(-1);
    if (row !== undefined && row.bottom - line.bottom < 0.3 * height) row.pieces.push(line);
    else rows.push({ bottom: line.bottom, pieces: [line] });
  }
  return rows.flatMap(({ pieces }) => pieces.toSorted((a, b) => a.left - b.left));
};

const findColumns = (lines: readonly PdfLine[], pageWidth: number): Columns | undefined => {
  if (lines.length < 2 * fewestLines) return undefined;
  const minGap = Math.max(6, 0.6 * median(lines.map((line) => line.top - line.bottom)));
  // Columns are flush left, so the right one begins where many lines do.
  const starts = new Map<number, number>();
  for (const { left } of lines) starts.set(Math.round(left), (starts.get(Math.round(left)) ?? 0) + 1);
  const candidates = [...starts].filter(([, count]) => count >= fewestLines / 2).toSorted(([a], [b]) => a - b);
  let best: Columns | undefined;
  for (const [start] of candidates) {
    const columns = splitAt(lines, start, minGap);
    if (!isProse(columns, pageWidth)) continue;
    if (best === undefined || columns.across.length < best.across.length) best = columns;
  }
  return best;
};

const splitAt = (lines: readonly PdfLine[], start: number, minGap: number): Columns => ({
  left: lines.filter((line) => line.right <= start - minGap),
  right: lines.filter((line) => line.left >= start - 1),
  across: lines.filter((line) => line.right > start - minGap && line.left < start - 1),
});

const isProse = ({ left, right, across }: Columns, pageWidth: number): boolean => {
  if (Math.min(left.length, right.length) < fewestLines || across.length > Math.min(left.length, right.length)) {
    return false;
  }
  const wide = [left, right].every((side) => {
    const from = Math.min(...side.map((line) => line.left));
    const to = Math.max(...side.map((line) => line.right));
    const usual = median(side.map((line) => line.right - line.left));
    // A side may itself be several columns, whose lines are shorter than the side is wide.
    return usual >= narrowestColumn * pageWidth || (to - from > 0.5 * pageWidth && usual > 0.15 * pageWidth);
  });
  return wide && overlap(left, right) >= 0.5;
};

/** Share of the lower side's height that the other one stands beside. */
const overlap = (left: readonly PdfLine[], right: readonly PdfLine[]): number => {
  const extent = (side: readonly PdfLine[]): readonly [bottom: number, top: number] => [
    Math.min(...side.map((line) => line.bottom)),
    Math.max(...side.map((line) => line.top)),
  ];
  const [leftBottom, leftTop] = extent(left);
  const [rightBottom, rightTop] = extent(right);
  const common = Math.min(leftTop, rightTop) - Math.max(leftBottom, rightBottom);
  return common / Math.max(1, Math.min(leftTop - leftBottom, rightTop - rightBottom));
};

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
