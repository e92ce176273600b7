import type { Block, BodyKind } from "../block.ts";

/** A block's place in the assembled text. Offsets here are UTF-16 units; rows get code points (see `chunk.ts`). */
export interface Span {
  readonly kind: BodyKind | "heading";
  readonly start: number;
  readonly end: number;
  /** Headings above and including this one, outermost first. */
  readonly headingPath: readonly string[];
  readonly page: number | null;
  readonly sheet: string | null;
  readonly rowFrom: number | null;
  readonly rowTo: number | null;
  /** See `Block`. */
  readonly rowNumbers?: readonly number[];
  readonly tableHeader?: string;
}

export interface Assembled {
  /** The stored extracted text: NFC, `\n`, no control characters, blocks separated by an empty line. */
  readonly text: string;
  readonly spans: readonly Span[];
  /** Those that what follows would stand under. */
  readonly openHeadings: readonly OpenHeading[];
}

export interface OpenHeading {
  readonly level: number;
  readonly text: string;
}

const separator = "\n\n";
const longestHeading = 200;

/**
 * Blocks into the stored text, each with its place, page and headings. Blocks without visible text vanish.
 * @param above headings of an earlier part of the document that are still open
 */
export const assemble = (blocks: readonly Block[], above: readonly OpenHeading[] = []): Assembled => {
  const pieces: string[] = [];
  const spans: Span[] = [];
  let headings = above;
  let headingPath: readonly string[] = above.map((heading) => heading.text);
  let length = 0;
  for (const block of blocks) {
    const text = normalize(block.text, block.kind);
    if (text === "") continue;
    if (block.kind === "heading") {
      headings = [...headings.filter(({ level }) => level < block.level), { level: block.level, text: shorten(text) }];
      headingPath = headings.map((heading) => heading.text);
    }
    const start = length === 0 ? 0 : length + separator.length;
    pieces.push(text);
    length = start + text.length;
    const span: Span = {
      kind: block.kind,
      start,
      end: length,
      headingPath,
      page: block.page ?? null,
      sheet: block.sheet ?? null,
      rowFrom: block.rowFrom ?? null,
      rowTo: block.rowTo ?? block.rowFrom ?? null,
    };
    spans.push(block.kind === "table" ? { ...span, ...tablePlace(block) } : span);
  }
  return { text: pieces.join(separator), spans, openHeadings: headings };
};

const tablePlace = ({ rowNumbers, tableHeader }: Exclude<Block, { kind: "heading" }>) => ({
  ...(rowNumbers === undefined ? {} : { rowNumbers }),
  ...(tableHeader === undefined ? {} : { tableHeader: normalize(tableHeader, "table") }),
});

const shorten = (heading: string): string => {
  if (heading.length <= longestHeading) return heading;
  const points = [...heading];
  return points.length <= longestHeading ? heading : `${points.slice(0, longestHeading).join("")}…`;
};

/**
 * NFC, `\n`, ordinary spaces, no control or invisible characters (Postgres refuses NUL, JSON lone surrogates).
 * Empty lines inside code and paragraphs stay; a heading becomes one line.
 */
export const normalize = (text: string, kind: Block["kind"]): string => {
  const clean = needsCleaning(text) ? cleaned(text) : text;
  if (kind === "heading")
    return clean.includes("\n") || clean.includes("  ") ? clean.replace(/\s+/g, " ").trim() : clean.trim();
  return kind === "code" || kind === "list" ? clean : clean.trim();
};

/** Most blocks need none: letters and signs that NFC leaves alone, and no line that ends in white space. */
const needsCleaning = (text: string): boolean =>
  unusual.test(text) || text.endsWith(" ") || (text.includes("\n") && /^\n| \n|\n\n\n|\n$/.test(text));

const unusual =
  /[^\n -~\u00a1-\u00ac\u00ae-\u017f\u0400-\u0482\u048a-\u052f\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2116]/;

const cleaned = (text: string): string =>
  text
    .replace(/\r\n?|[\u2028\u2029\u0085]/gu, "\n")
    .replace(/[\u00a0\u202f\u2007]/gu, " ")
    // eslint-disable-next-line no-control-regex -- these are the characters to remove
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b\u2060\ufeff\ufffe\uffff]/gu, "")
    .toWellFormed()
    .normalize("NFC")
    .replace(/[^\S\n]+$/gmu, "")
    .replace(/\n{3,}/g, "\n\n")
    .replace(/^\n+|\n+$/g, "");
