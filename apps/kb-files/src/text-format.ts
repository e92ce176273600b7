import { extname } from "node:path";
import { findDelimiter } from "./formats/csv.ts";
import { isNotebook } from "./formats/ipynb.ts";
import { isSubtitles } from "./formats/subtitles.ts";

/** A text whose structure is more than paragraphs, with what finding that out has read already. */
export type Structure =
  | { readonly format: "html" | "xml" | "subtitles" }
  | { readonly format: "json" | "ipynb"; readonly value: unknown }
  | Records;

/** What can be read piece by piece. */
export type Records = { readonly format: "jsonl" } | { readonly format: "csv"; readonly delimiter: string };

const tableExtensions = new Set([".csv", ".tsv", ".tab"]);
const proseExtensions = new Set([".md", ".markdown"]);

/** What a decoded text is, by what it holds; the name only says how much a sign weighs. Undefined for prose. */
export const structureOf = (text: string, fileName: string): Structure | undefined => {
  const extension = extname(fileName).toLowerCase();
  if (isHtml(text, extension)) return { format: "html" };
  if (isSubtitles(text)) return { format: "subtitles" };
  if (isXml(text)) return { format: "xml" };
  const json = jsonOf(text);
  if (json !== undefined) return { format: isNotebook(json.value) ? "ipynb" : "json", value: json.value };
  return recordsOf(text, extension);
};

/** The structures that the start of a text shows and that can be read piece by piece: JSON lines and tables. */
export const recordsOf = (start: string, extension: string): Records | undefined => {
  if (isJsonLines(start)) return { format: "jsonl" };
  if (proseExtensions.has(extension)) return undefined;
  const isNamed = tableExtensions.has(extension);
  // A table of one column has no delimiter at all.
  const delimiter = findDelimiter(start, isNamed) ?? (isNamed ? (extension === ".csv" ? "," : "\t") : undefined);
  return delimiter === undefined ? undefined : { format: "csv", delimiter };
};

export const isHtml = (text: string, extension: string): boolean => {
  const start = text.slice(0, 4_096).replace(/^\ufeff?\s*(<\?xml[^>]*>\s*)?(<!--[\s\S]*?-->\s*)*/u, "");
  if (/^<(!doctype\s+html|html[\s>])/i.test(start)) return true;
  if (
    /^\.x?html?$/.test(extension) &&
    /<\/?(p|div|h[1-6]|body|table|ul|ol|br|a|span|script|style|title|meta)\b[^>]*>/i.test(text)
  )
    return true;
  return /^<(head|body|div|p|h[1-6]|table|ul|ol|article|section|main)[\s>]/i.test(start);
};

const isXml = (text: string): boolean => {
  const start = text.slice(0, 4_096).replace(/^\ufeff?\s*/u, "");
  if (/^<\?xml[\s?]/.test(start)) return true;
  const root = /^(?:<!--[\s\S]*?-->\s*)*<([\w:.-]+)(?=[\s/>])/u.exec(start)?.[1];
  return root !== undefined && text.trimEnd().endsWith(`</${root}>`);
};

const jsonOf = (text: string): { readonly value: unknown } | undefined => {
  const body = text.replace(/^\ufeff/u, "");
  if (!/^\s*[[{]/.test(body.slice(0, 4_096))) return undefined;
  try {
    return { value: JSON.parse(body) as unknown };
  } catch {
    return undefined;
  }
};

/** The first two lines are values of their own, and lists or objects. */
const isJsonLines = (start: string): boolean => {
  const lines = start
    .replace(/^\ufeff/u, "")
    .split("\n", 20)
    .filter((line) => line.trim() !== "");
  return lines.length >= 2 && lines.slice(0, 2).every((line) => jsonOf(line) !== undefined);
};

/** Markdown or plain text; one Markdown construct alone may be chance. */
export const plainFormat = (text: string, extension: string): "markdown" | "text" =>
  proseExtensions.has(extension) || markdownSigns(text) >= 2 ? "markdown" : "text";

/** How many different Markdown constructs the text uses; one alone may be chance (`# comment`). */
const markdownSigns = (text: string): number =>
  [
    /^#{1,6} \S/m,
    /^(```|~~~)/m,
    /^\|?[ :]*-{3,}[ :]*\|[ :|-]*$/m,
    /\[[^[\]\n]{1,300}\]\([^)\s]{1,500}\)/,
    /\*\*[^*\n]{1,500}\*\*/,
    /^[^\s|].{2,}\n(={3,}|-{3,})$/m,
    /^[-*+] \S.*\n[-*+] \S/m,
  ].filter((sign) => sign.test(text)).length;
