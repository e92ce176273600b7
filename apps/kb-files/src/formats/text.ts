import type { ParsedFile } from "../block.ts";

/** Plain text: paragraphs are what blank lines (or form feeds) separate. Headings are not guessed. */
export const parseText = (text: string): ParsedFile => ({
  pageCount: null,
  blocks: text
    .split(/\r?\n[^\S\n]*\r?\n\s*|\r\r\s*|\f\s*/u)
    .filter((paragraph) => paragraph.trim() !== "")
    .map((paragraph) => ({ kind: "text", text: paragraph })),
});
