import { createRequire } from "node:module";
import { PDFiumModule } from "@hyzyla/pdfium";
import type msgReaderModule from "@kenjiuno/msgreader";
import { Readability } from "@mozilla/readability";
import { DomUtils, parseDocument } from "htmlparser2";
import { parseHTML } from "linkedom";
import mammoth from "mammoth";
import { marked } from "marked";
import papaparse from "papaparse";
import PostalMime from "postal-mime";
import { SaxesParser } from "saxes";
import yauzl from "yauzl";

const { default: MsgReader } = createRequire(import.meta.url)("@kenjiuno/msgreader") as typeof msgReaderModule;

/** A library on a file's bytes, called as its documentation shows, through to the text it gives. */
export interface BareParser {
  readonly name: string;
  readonly read: (bytes: Buffer) => Promise<string>;
}

interface Pdfium {
  readonly wasmExports: { malloc(bytes: number): number; free(pointer: number): void };
  readonly HEAPU8: Uint8Array;
  _FPDF_InitLibrary(): void;
  _FPDF_LoadMemDocument(bytes: number, length: number, password: number): number;
  _FPDF_CloseDocument(document: number): void;
  _FPDF_GetPageCount(document: number): number;
  _FPDF_LoadPage(document: number, index: number): number;
  _FPDF_ClosePage(page: number): void;
  _FPDFText_LoadPage(page: number): number;
  _FPDFText_ClosePage(textPage: number): void;
  _FPDFText_CountChars(textPage: number): number;
  _FPDFText_GetText(textPage: number, start: number, count: number, into: number): number;
}
let loading: Promise<Pdfium> | undefined;

const pdf = async (bytes: Buffer): Promise<string> => {
  loading ??= PDFiumModule({}).then((module) => {
    const pdfium = module as unknown as Pdfium;
    pdfium._FPDF_InitLibrary();
    return pdfium;
  });
  const pdfium = await loading;
  const data = pdfium.wasmExports.malloc(bytes.length);
  pdfium.HEAPU8.set(bytes, data);
  const document = pdfium._FPDF_LoadMemDocument(data, bytes.length, 0);
  const pages: string[] = [];
  for (let index = 0; index < pdfium._FPDF_GetPageCount(document); index += 1) {
    const page = pdfium._FPDF_LoadPage(document, index);
    const text = pdfium._FPDFText_LoadPage(page);
    const count = pdfium._FPDFText_CountChars(text);
    const into = pdfium.wasmExports.malloc((count + 1) * 2);
    const written = pdfium._FPDFText_GetText(text, 0, count, into);
    pages.push(Buffer.from(pdfium.HEAPU8.slice(into, into + (written - 1) * 2)).toString("utf16le"));
    pdfium.wasmExports.free(into);
    pdfium._FPDFText_ClosePage(text);
    pdfium._FPDF_ClosePage(page);
  }
  pdfium._FPDF_CloseDocument(document);
  pdfium.wasmExports.free(data);
  return pages.join("\n");
};

/** Lines of text under the names of their elements: what the parser's events say, and no more. */
const textOfXml = (xml: string): string => {
  const lines: string[] = [];
  const open: string[] = [];
  const parser = new SaxesParser();
  const onText = (text: string): void => {
    if (text.trim() !== "") lines.push(`${open.at(-1)}: ${text.trim()}`);
  };
  parser.on("opentag", ({ name }) => void open.push(name));
  parser.on("closetag", () => void open.pop());
  parser.on("text", onText);
  parser.on("cdata", onText);
  parser.write(xml.replace(/^\ufeff/u, "")).close();
  return lines.join("\n");
};

const entriesOf = async (bytes: Buffer, wanted: RegExp): Promise<string[]> => {
  const zip = await yauzl.fromBufferPromise(bytes);
  const texts: string[] = [];
  for await (const entry of zip.eachEntry()) {
    if (!wanted.test(entry.fileName)) continue;
    const pieces: Buffer[] = [];
    for await (const piece of await zip.openReadStreamPromise(entry)) pieces.push(piece as Buffer);
    texts.push(Buffer.concat(pieces).toString("utf8"));
  }
  return texts;
};

const zippedXml = (wanted: RegExp): BareParser => ({
  name: "yauzl and saxes",
  read: async (bytes) => (await entriesOf(bytes, wanted)).map(textOfXml).join("\n"),
});

/** Rows of cells: texts stand in a part of their own, and cells name them by number. Numbers and dates as stored. */
const rowsOfWorkbook = async (bytes: Buffer): Promise<string> => {
  const strings: string[] = [];
  const rows: string[] = [];
  const read = (xml: string, end: (name: string, text: string, type: string) => void): void => {
    const parser = new SaxesParser();
    let [text, type] = ["", ""];
    parser.on("opentag", ({ name, attributes }) => {
      if (name === "c" || name === "si") [text, type] = ["", String((attributes as Record<string, string>)["t"])];
    });
    parser.on("text", (piece) => void (text += piece));
    parser.on("closetag", ({ name }) => end(name, text, type));
    parser.write(xml).close();
  };
  const [shared] = await entriesOf(bytes, /sharedStrings\.xml$/);
  if (shared !== undefined) read(shared, (name, text) => void (name === "si" && strings.push(text)));
  for (const sheet of await entriesOf(bytes, /worksheets\/[^/]*\.xml$/)) {
    let cells: string[] = [];
    read(sheet, (name, text, type) => {
      if (name === "c") cells.push(type === "s" ? (strings[Number(text)] ?? "") : text);
      if (name !== "row") return;
      rows.push(cells.join("\t"));
      cells = [];
    });
  }
  return rows.join("\n");
};

const pageText = (html: string): string => DomUtils.textContent(parseDocument(html));

const markdownText = (source: string): string =>
  marked
    .lexer(source)
    .map((token) => token.raw)
    .join("");

const outlook = async (bytes: Buffer): Promise<string> => {
  const reader = new MsgReader(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const fields = reader.getFileData();
  for (const attachment of fields.attachments ?? []) reader.getAttachment(attachment);
  return pageText(Buffer.from(fields.html ?? []).toString("utf8"));
};

/**
 * What each of our readers is built on: the library on the same parts of the file, through to the text and as much of its
 * structure as it gives by itself. None of them gives places, and what they leave undone is ours on top: places of slides and
 * rows; formats of numbers and merged cells of a workbook; tables, lists and headings of everything that is HTML or XML.
 * `JSON.parse` and `stringify` are the engine's own code, and saxes without more says a text and its element's name: these
 * two do less than half of the work. Plain text, RTF and subtitles have none.
 */
export const bareParsers: Readonly<Record<string, BareParser>> = {
  pdf: { name: "pdfium", read: pdf },
  "pdf-columns": { name: "pdfium", read: pdf },
  docx: { name: "mammoth", read: async (buffer) => (await mammoth.convertToHtml({ buffer })).value },
  xlsx: { name: "yauzl and saxes", read: rowsOfWorkbook },
  pptx: zippedXml(/(slide|notes)\w*\.xml$/),
  odt: zippedXml(/content\.xml$/),
  epub: {
    name: "yauzl and htmlparser2",
    read: async (bytes) => (await entriesOf(bytes, /\.xhtml$/)).map(pageText).join("\n"),
  },
  html: {
    name: "linkedom and Readability",
    read: async (bytes) => {
      const { document } = parseHTML(bytes.toString("utf8")) as unknown as { document: never };
      return new Readability<string>(document).parse()?.textContent ?? "";
    },
  },
  markdown: { name: "marked", read: async (bytes) => markdownText(bytes.toString("utf8")) },
  ipynb: {
    name: "JSON.parse and marked",
    read: async (bytes) => {
      const { cells } = JSON.parse(bytes.toString("utf8")) as { cells: { source: string[] }[] };
      return cells.map(({ source }) => markdownText(source.join(""))).join("\n");
    },
  },
  csv: {
    name: "papaparse",
    read: async (bytes) => {
      const { data } = papaparse.parse<string[]>(bytes.toString("utf8"));
      return data.map((row) => row.join(" ")).join("\n");
    },
  },
  json: {
    name: "JSON.parse and stringify",
    read: async (bytes) => JSON.stringify(JSON.parse(bytes.toString("utf8")), undefined, 2),
  },
  xml: { name: "saxes", read: async (bytes) => textOfXml(bytes.toString("utf8")) },
  eml: {
    name: "postal-mime and htmlparser2",
    read: async (bytes) => pageText((await PostalMime.parse(bytes)).html ?? ""),
  },
  msg: { name: "msgreader and htmlparser2", read: outlook },
};
