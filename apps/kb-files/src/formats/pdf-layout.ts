import type { Block } from "../block.ts";
import { edgesOf } from "./pdf-columns.ts";
import { dividedWord } from "./pdf-lines.ts";
import type { Edges, PdfLine, PdfPage } from "./pdfium.ts";

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
    for (const each of new Set(outermost(page).map(key))) {
      const numbers = places.get(each);
      if (numbers === undefined) places.set(each, [page.number]);
      else numbers.push(page.number);
    }
  }
  const recurring = new Set<string>();
  for (const [each, numbers] of places) {
    const isOneSided = new Set(numbers.map((number) => number % 2)).size === 1;
    const possible = isOneSided ? Math.floor(pages.length / 2) : pages.length;
    if (numbers.length >= Math.max(3, possible / 2)) recurring.add(each);
  }
  return pages.map((page) => {
    const running = new Set(outermost(page).filter((line) => recurring.has(key(line))));
    return { ...page, lines: page.lines.filter((line) => !running.has(line)) };
  });
};

const fewestPitches = 8;
const plainPitch = 1.35;

/** One page's lines as headings and paragraphs. A paragraph that runs over a page break stays two: each has its page. */
export const pageBlocks = (page: PdfPage, bodyHeight: number, documentPitch = plainPitch): Block[] => {
  const blocks: Block[] = [];
  const usual = { edges: edgesOf(page.lines), pitch: usualPitch(page.lines, documentPitch), bodyHeight };
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
    if (before !== undefined && startsParagraph(before, line, paragraph, usual)) flush();
    paragraph.push(line);
  }
  flush();
  return blocks;
};

/** What a page's lines have in common. */
interface Usual {
  readonly edges: Edges;
  /** From a line to the next, in line heights. */
  readonly pitch: number;
  /** Line height of body text, in points. */
  readonly bodyHeight: number;
}

/** The most common distance between neighbouring lines, in line heights, where enough of them show it. */
export const usualPitch = (lines: readonly PdfLine[], otherwise = plainPitch): number => {
  const counts = new Map<number, number>();
  for (let at = 1; at < lines.length; at += 1) {
    const [before, line] = [lines[at - 1], lines[at]];
    if (before === undefined || line === undefined) break;
    const pitch = (before.bottom - line.bottom) / height(line);
    if (pitch < 0.75 || pitch > 3) continue;
    const rounded = Math.round(pitch * 20) / 20;
    counts.set(rounded, (counts.get(rounded) ?? 0) + 1);
  }
  const [pitch, count] = [...counts].reduce((most, next) => (next[1] > most[1] ? next : most), [plainPitch, 0]);
  return count >= fewestPitches ? Math.min(pitch, plainPitch) : otherwise;
};

const bullet = /^[•◦▪‣●○■]\s*\S/u;
/** Also how a wrapped line may begin ("— столица", "12. мая"): an item only where the line before had ended. */
const dashOrNumber = /^(?:[*–—-]|\(?\d{1,3}(?:\.\d{1,3})*[.)]|\(?[a-zа-я]\))\s+\S/iu;
const sentenceEnd = /[.!?…:;]["»”)]?$/u;

const startsParagraph = (before: PdfLine, line: PdfLine, paragraph: readonly PdfLine[], usual: Usual): boolean => {
  if (dividedWord.test(before.text.slice(-1))) return false;
  if (Math.abs(height(before) - height(line)) > 0.12 * Math.max(height(before), height(line))) return true;
  const ended = sentenceEnd.test(before.text);
  const endsEarly = isEarlyEnd(before, line, before.column ?? usual.edges);
  if (bullet.test(line.text)) return true;
  if (dashOrNumber.test(line.text) && (endsEarly || ended)) return true;
  const pitch = before.bottom - line.bottom;
  const opening = paragraph[0]?.text ?? "";
  // Upwards: the next column. The sentence goes on there unless it ended.
  if (pitch < -height(line)) {
    return ended || (bullet.test(opening) && /^\p{Lu}/u.test(line.text));
  }
  // Beside each other (cells, tabs): one line to the reader.
  if (Math.abs(pitch) < 0.3 * height(line)) return false;
  if (isLarge(line, usual.bodyHeight)) return pitch > 2 * height(line);
  const first = paragraph.at(-2);
  const own =
    first === undefined ? usual.pitch * height(line) : Math.max(first.bottom - before.bottom, 0.75 * height(line));
  if (pitch > own + 0.35 * height(line)) return true;
  const indented = line.left - before.left > 0.8 * height(line);
  // A list item's second line is indented as well.
  const hangs = bullet.test(opening) || dashOrNumber.test(opening);
  if (indented && (paragraph.length > 1 || (ended && !hangs))) return true;
  // Two indented first lines: the one before was a paragraph of one line.
  const edge = (line.column ?? usual.edges).left;
  const bothIndented =
    first === undefined && line.left - edge > 0.8 * height(line) && Math.abs(line.left - before.left) < 1;
  return ended && (endsEarly || bothIndented);
};

/** Before the column's edge, though the next line's first word would have fitted. */
const isEarlyEnd = (before: PdfLine, line: PdfLine, { right }: Edges): boolean => {
  const room = right - before.right;
  const letter = (before.right - before.left) / before.text.length;
  const word = line.text.search(/\s/u);
  const wordLength = word === -1 ? line.text.length : word;
  return room > 0.15 * (right - before.left) && room > 1.1 * letter * (wordLength + 1);
};

const isLarge = (line: PdfLine, bodyHeight: number): boolean => bodyHeight > 0 && height(line) > 1.14 * bodyHeight;

const toBlock = (lines: readonly PdfLine[], page: number, bodyHeight: number): Block | undefined => {
  const [first] = lines;
  if (first === undefined) return undefined;
  const text = lines
    .map((line) => (dividedWord.test(line.text.slice(-1)) ? line.text : `${line.text} `))
    .join("")
    .trimEnd();
  // In a narrow column large type makes many lines.
  const mostLines = height(first) > 1.35 * bodyHeight ? 6 : 3;
  const readsAsHeading = lines.length <= mostLines && text.length <= 200 && /\p{L}/u.test(text) && !/[.;,]$/.test(text);
  if (isLarge(first, bodyHeight) && readsAsHeading) {
    const ratio = height(first) / bodyHeight;
    return { kind: "heading", text, page, level: ratio > 1.7 ? 1 : ratio > 1.35 ? 2 : 3 };
  }
  return { kind: bullet.test(text) || dashOrNumber.test(text) ? "list" : "text", text, page };
};
