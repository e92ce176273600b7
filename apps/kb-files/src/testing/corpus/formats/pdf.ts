import { createRequire } from "node:module";
import PdfWriter from "pdfkit";
import type { Tongue } from "../prose.ts";
import type { Random } from "../random.ts";
import { bodyText, makeStory } from "../story.ts";
import type { CorpusFile, Truth } from "../truth.ts";

const require = createRequire(import.meta.url);
const font = require.resolve("roboto-fontface/fonts/roboto/Roboto-Regular.woff");
const [pageWidth, pageHeight] = [595, 842];
const [left, top, bottom] = [60, 80, 760];
const columnGap = 24;

interface Line {
  readonly text: string;
  /** Its last word goes on in the next line. */
  readonly isDivided: boolean;
}

/** Pages with a running header and numbered footer, in one column or two. Paragraphs run on over columns and pages. */
export const pdfFile = async (random: Random, tongue: Tongue, columns: 1 | 2, size = 1): Promise<CorpusFile> => {
  const story = makeStory(random, { tongue, size, kinds: ["list"], sections: [6, 14] });
  const pdf = new PdfWriter({ size: "A4", margin: 0, autoFirstPage: false, bufferPages: true });
  const written: Buffer[] = [];
  pdf.on("data", (piece: Buffer) => void written.push(piece));
  const width = (pageWidth - 2 * left - (columns - 1) * columnGap) / columns;
  const bodySize = random.pick([10, 11, 12]);
  const pitch = bodySize * random.pick([1.3, 1.45]);
  const isIndented = random.chance(0.4);
  const divides = random.chance(0.5);
  const running = `${story.title} · ${tongue === "russian" ? "служебное" : "internal"}`;
  const truth: Truth[] = [];
  let page = 0;
  let column = columns;
  let y = bottom;

  const put = (text: string, size: number, x: number, at: number): void =>
    void pdf.fontSize(size).text(text, x, at, { lineBreak: false });
  const nextColumn = (): void => {
    if (column < columns) column += 1;
    else {
      pdf.addPage();
      pdf.font(font);
      page += 1;
      column = 1;
    }
    y = top;
  };
  const room = (height: number): void => {
    if (y + height > bottom) nextColumn();
  };
  const columnLeft = (): number => left + (column - 1) * (width + columnGap);

  const writeHeading = (text: string, level: number, path: readonly string[]): void => {
    const size = bodySize * ([2, 1.5, 1.25][level - 1] ?? 1);
    const lines = wrap(pdf, text, width, size, false);
    // With room for what it heads, unless a column begins here.
    if (y > top) y += size;
    room(lines.length * size * 1.25 + 4 * pitch);
    truth.push({ kind: "heading", text, path, page });
    for (const line of lines) {
      put(line.text, size, columnLeft(), y);
      y += size * 1.25;
    }
    y += bodySize * 0.5;
  };
  const writeParagraph = (text: string, path: readonly string[]): void => {
    const indent = isIndented ? bodySize * 2 : 0;
    let waiting: Line[] = [];
    const flush = (): void => {
      if (waiting.length > 0) truth.push({ kind: "text", text: joined(waiting), path, page });
      waiting = [];
    };
    for (const [index, line] of wrap(pdf, text, width, bodySize, divides, indent).entries()) {
      if (y + pitch > bottom) {
        // What stands on the next page is a passage of its own; so is what follows a full stop at a column's end.
        if (column === columns || waiting.at(-1)?.text.endsWith(".") === true) flush();
        nextColumn();
      }
      put(line.text, bodySize, columnLeft() + (index === 0 ? indent : 0), y);
      waiting.push(line);
      y += pitch;
    }
    flush();
    if (!isIndented) y += bodySize * 0.9;
  };
  const writeList = (items: readonly string[], path: readonly string[]): void => {
    const lines = items.map((item) => `• ${item}`);
    room(lines.length * pitch);
    truth.push({ kind: "list", text: lines.join("\n"), path, page });
    for (const line of lines) {
      put(line, bodySize, columnLeft(), y);
      y += pitch;
    }
    y += bodySize * 0.9;
  };

  nextColumn();
  pdf.font(font);
  writeHeading(story.title, 1, [story.title]);
  for (const { heading, level, path, body } of story.sections) {
    writeHeading(heading, level, path);
    for (const each of body) {
      const items = each.kind === "list" ? each.items.map(({ text }) => text) : [];
      const fits = items.every((item) => pdf.fontSize(bodySize).widthOfString(`• ${item}`) < width * 0.98);
      if (items.length > 0 && fits) writeList(items, path);
      else if (each.kind === "text") writeParagraph(bodyText(each), path);
    }
  }
  // What recurs on two pages may still be chance.
  const headed = page < 3 ? [] : Array.from({ length: page }, (_, index) => index);
  for (const index of headed) {
    pdf.switchToPage(index);
    put(running, 9, left, 40);
    put(`${index + 1}`, 9, pageWidth / 2, pageHeight - 50);
  }
  const ended = new Promise((resolve) => pdf.once("end", resolve));
  pdf.end();
  await ended;
  const name = columns === 1 ? "report.pdf" : "paper.pdf";
  return { name, format: "pdf", bytes: Buffer.concat(written), pageCount: page, truth };
};

/** Lines as a reader joins them. */
const joined = (lines: readonly Line[]): string =>
  lines
    .map(({ text, isDivided }, at) => (isDivided && at < lines.length - 1 ? text.slice(0, -1) : `${text} `))
    .join("")
    .trimEnd();

const wrap = (
  pdf: PDFKit.PDFDocument,
  text: string,
  width: number,
  size: number,
  divides: boolean,
  indent = 0,
): Line[] => {
  const fits = (line: string, index: number): boolean =>
    pdf.fontSize(size).widthOfString(line) <= width - (index === 0 ? indent : 0);
  const lines: Line[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (fits(longer, lines.length)) {
      line = longer;
      continue;
    }
    const half = Math.floor(word.length / 2);
    const isDivided =
      divides && /^\p{Ll}{9,}$/u.test(word) && fits(`${line} ${word.slice(0, half)}-`, lines.length) && line !== "";
    lines.push({ text: isDivided ? `${line} ${word.slice(0, half)}-` : line, isDivided });
    line = isDivided ? word.slice(half) : word;
  }
  return [...lines, { text: line, isDivided: false }];
};
