import type { PdfLine } from "./pdfium.ts";

/** Left, right, bottom, top in points. */
export type Box = readonly [left: number, right: number, bottom: number, top: number];

/** Of the line's height: wider than the spaces of justified text, narrower than what parts columns. */
const gapHeights = 1.2;
/** pdfium's mark at the end of a line whose last word goes on in the next. */
export const dividedWord = /[\ufffe\u0002]/u;
/** How many lines are looked at before a page counts as one without gaps. */
const sampled = 6;

/**
 * Lines of a page's text as pdfium gives it, with the boxes of each one's first and last letter. Where programs write
 * two columns row by row, pdfium joins the rows: such lines are parted again at their gaps.
 * @param text of the page, lines ended by CR LF
 * @param box of the character at an index of the text
 */
export const toLines = (text: string, pageWidth: number, box: (textIndex: number) => Box): PdfLine[] => {
  const whole: { readonly line: PdfLine; readonly start: number }[] = [];
  const add = (raw: string, start: number): void => {
    const first = start + (raw.length - raw.trimStart().length);
    const trimmed = raw.trim();
    if (trimmed !== "") whole.push({ line: toLine(trimmed, first, box), start: first });
  };
  let start = 0;
  for (const raw of text.split("\r\n")) {
    // pdfium joins a word divided between lines, and with it the lines; they may even stand in two columns.
    let from = 0;
    for (let at = raw.search(dividedWord); at !== -1;) {
      add(raw.slice(from, at + 1), start + from);
      from = at + 1;
      const next = raw.slice(from).search(dividedWord);
      at = next === -1 ? -1 : from + next;
    }
    add(raw.slice(from), start + from);
    start += raw.length + 2;
  }
  const wide = whole.filter(({ line }) => line.left < 0.45 * pageWidth && line.right > 0.55 * pageWidth);
  const step = Math.max(1, Math.floor(wide.length / sampled));
  const gapped = wide.some(({ line, start: at }, index) => index % step === 0 && hasGap(line, at, box));
  return gapped ? whole.flatMap(({ line, start: at }) => parts(line, at, box)) : whole.map(({ line }) => line);
};

const toLine = (text: string, start: number, box: (textIndex: number) => Box): PdfLine => {
  const [left, , bottom, top] = box(start);
  // The mark of a divided word has no place of its own.
  const last = dividedWord.test(text.slice(-1)) && text.length > 1 ? text.length - 2 : text.length - 1;
  const [, right] = box(start + last);
  return { text, left, right, bottom, top };
};

/** Columns part a line somewhere about its middle; each place that is looked at costs two calls of the library. */
const hasGap = (line: PdfLine, start: number, box: (textIndex: number) => Box): boolean => {
  const widest = gapHeights * (line.top - line.bottom);
  const { length } = line.text;
  return [...line.text.matchAll(/\s+/gu)].some(({ 0: space, index }) => {
    if (index < 0.2 * length || index > 0.8 * length) return false;
    return box(start + index + space.length)[0] - box(start + index - 1)[1] >= widest;
  });
};

const parts = (line: PdfLine, start: number, box: (textIndex: number) => Box): PdfLine[] => {
  const widest = gapHeights * (line.top - line.bottom);
  const pieces: PdfLine[] = [];
  let from = 0;
  for (const space of line.text.matchAll(/\s+/gu)) {
    const after = space.index + space[0].length;
    if (box(start + after)[0] - box(start + space.index - 1)[1] < widest) continue;
    pieces.push(toLine(line.text.slice(from, space.index), start + from, box));
    from = after;
  }
  return pieces.length === 0 ? [line] : [...pieces, toLine(line.text.slice(from), start + from, box)];
};
