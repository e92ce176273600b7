import type { Block } from "../block.ts";
import type { PdfLine, PdfPage } from "./pdfium.ts";

const height = (line: PdfLine): number => line.top - line.bottom;

/** The line height that most letters of the document have, in points; 0 without text. */
export const bodyLineHeight = (pages: readonly PdfPage[]): number => {
  const letters = new Map<number, number>();
  for (const line of pages.flatMap((page) => page.lines)) {
    const rounded = Math.round(height(line) * 2) / 2;
    letters.set(rounded, (letters.get(rounded) ?? 0) + line.text.length);
  }
  return [...letters].reduce((most, next) => (next[1] > most[1] ? next : most), [0, 0])[0];
};

/**
 * Drops headers and footers: the outermost lines of a page that recur, page numbers aside, at the same height on at
 * least half of the pages, or of the left or right pages of a book. Needs three such pages to be sure.
 */
export const withoutRunningLines = (pages: readonly PdfPage[]): PdfPage[] => {
  if (pages.length < 3) return [...pages];
  const key = (line: PdfLine): string => `${Math.round(line.bottom / 3)} ${line.text.replace(/\d+/g, "#")}`;
  const outermost = (page: PdfPage): PdfLine[] =>
    page.lines.filter((line) => line.bottom > page.height * 0.88 || line.top < page.height * 0.12);
  const places = new Map<string, number[]>();
  for (const page of pages) {
    for (const each of new Set(outermost(page).map(key))) places.set(each, [...(places.get(each) ?? []), page.number]);
  }
  const recurs = (line: PdfLine): boolean => {
    const numbers = places.get(key(line)) ?? [];
    const isOneSided = new Set(numbers.map((number) => number % 2)).size === 1;
    const possible = isOneSided ? Math.floor(pages.length / 2) : pages.length;
    return numbers.length >= Math.max(3, possible / 2);
  };
  return pages.map((page) => {
    const running = new Set(outermost(page).filter(recurs));
    return { ...page, lines: page.lines.filter((line) => !running.has(line)) };
  });
};

/** One page's lines as headings and paragraphs. A paragraph that runs over a page break stays two: each has its page. */
export const pageBlocks = (page: PdfPage, bodyHeight: number): Block[] => {
  const blocks: Block[] = [];
  const columnRight = rightEdge(page.lines);
  let paragraph: PdfLine[] = [];
  const flush = (): void => {
    const block = toBlock(paragraph, page.number, bodyHeight);
    const last = blocks.at(-1);
    // Items of one list follow each other.
    if (block?.kind === "list" && last?.kind === "list") {
      blocks[blocks.length - 1] = { ...last, text: `${last.text}\n${block.text}` };
    } else if (block !== undefined) blocks.push(block);
    paragraph = [];
  };
  for (const line of page.lines) {
    const before = paragraph.at(-1);
    if (before !== undefined && startsParagraph(before, line, paragraph, before.columnRight ?? columnRight, bodyHeight))
      flush();
    paragraph.push(line);
  }
  flush();
  return blocks;
};

const bullet = /^[•◦▪‣●○■]\s*\S/u;
/** Also how a wrapped line may begin ("— столица", "12. мая"): an item only where the line before had ended. */
const dashOrNumber = /^(?:[*–—-]|\(?\d{1,3}(?:\.\d{1,3})*[.)]|\(?[a-zа-я]\))\s+\S/iu;
const sentenceEnd = /[.!?…:;]["»”)]?$/u;

const startsParagraph = (
  before: PdfLine,
  line: PdfLine,
  paragraph: readonly PdfLine[],
  columnRight: number,
  bodyHeight: number,
): boolean => {
  if (Math.abs(height(before) - height(line)) > 0.12 * Math.max(height(before), height(line))) return true;
  const endsEarly = before.right < columnRight - 0.15 * (columnRight - before.left);
  if (bullet.test(line.text)) return true;
  if (dashOrNumber.test(line.text) && (endsEarly || sentenceEnd.test(before.text))) return true;
  const pitch = before.lastBottom - line.bottom;
  // Upwards: the next column. The sentence goes on there unless it ended.
  if (pitch < -height(line)) return sentenceEnd.test(before.text);
  // Beside each other (cells, tabs): one line to the reader.
  if (Math.abs(pitch) < 0.3 * height(line)) return false;
  if (isLarge(line, bodyHeight)) return pitch > 2 * height(line);
  const first = paragraph[0] === before ? undefined : paragraph.at(-2);
  const usual =
    first === undefined ? 1.35 * height(line) : Math.max(first.lastBottom - before.bottom, 0.75 * height(line));
  if (pitch > usual + 0.35 * height(line)) return true;
  const indented = line.left - before.left > 0.8 * height(line) && paragraph.length > 1;
  return indented || (endsEarly && sentenceEnd.test(before.text));
};

/** Where lines of full width end: the right edge that a tenth of the lines pass or reach. */
const rightEdge = (lines: readonly PdfLine[]): number => {
  const edges = lines.map((line) => line.right).sort((a, b) => a - b);
  return edges[Math.floor(edges.length * 0.9)] ?? 0;
};

const isLarge = (line: PdfLine, bodyHeight: number): boolean => bodyHeight > 0 && height(line) > 1.14 * bodyHeight;

const toBlock = (lines: readonly PdfLine[], page: number, bodyHeight: number): Block | undefined => {
  const [first] = lines;
  if (first === undefined) return undefined;
  const text = lines.map((line) => line.text).join(" ");
  const readsAsHeading = lines.length <= 3 && text.length <= 200 && /\p{L}/u.test(text) && !/[.;,]$/.test(text);
  if (isLarge(first, bodyHeight) && readsAsHeading) {
    const ratio = height(first) / bodyHeight;
    return { kind: "heading", text, page, level: ratio > 1.7 ? 1 : ratio > 1.35 ? 2 : 3 };
  }
  return { kind: bullet.test(text) || dashOrNumber.test(text) ? "list" : "text", text, page };
};
