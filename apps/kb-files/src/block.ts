import type { ErrorCode } from "@gpt-agent/jobs/error-codes";

/** What a parser hands on: a piece of the document in reading order, with what it knows about its place. */
export type Block = Place &
  (
    | {
        readonly kind: "heading";
        readonly text: string;
        /** 1 is the top. */ readonly level: number;
      }
    | {
        readonly kind: BodyKind;
        readonly text: string;
        /** Of a table whose rows are not numbered one by one from `rowFrom`: each one's number, the header's first. */
        readonly rowNumbers?: readonly number[];
        /** Header and rule of the table that this block goes on with; `text` is then rows alone. */
        readonly tableHeader?: string;
      }
  );

/** Where a block is, as far as its format has such places. */
export interface Place {
  /** 1-based page, or slide. */
  readonly page?: number;
  readonly sheet?: string;
  /** 1-based rows of the sheet or CSV file, both included, as a spreadsheet program counts them. */
  readonly rowFrom?: number;
  readonly rowTo?: number;
}

/** Tables are Markdown tables, lists are `- item` lines, code is as written. */
export type BodyKind = "text" | "table" | "code" | "list";

/** A file inside a file: it becomes a document of its own. */
export interface Attachment {
  /** As the sender named it, path parts removed. */
  readonly name: string;
  readonly mime: string;
  readonly bytes: Uint8Array;
}

/** A part that could not be read. The rest of the document is searchable, and the row names what is missing. */
export interface Warning {
  readonly code: ErrorCode;
  /** For people: which part, why, what to do. */
  readonly message: string;
  /** Or slide: the first one that is meant. */
  readonly page?: number;
}

/** What every format module returns. */
export interface ParsedFile {
  readonly blocks: readonly Block[];
  /** Null where the format has no pages. */
  readonly pageCount: number | null;
  readonly attachments?: readonly Attachment[];
  readonly warnings?: readonly Warning[];
}

/** The formats that can be read today. */
export type Format =
  | "text"
  | "markdown"
  | "html"
  | "pdf"
  | "docx"
  | "pptx"
  | "odt"
  | "epub"
  | "rtf"
  | "eml"
  | "msg"
  | "image"
  | "xlsx"
  | "csv"
  | "json"
  | "jsonl"
  | "xml"
  | "ipynb"
  | "subtitles";

export const formatNames: Readonly<Record<Format, string>> = {
  text: "plain text",
  markdown: "Markdown",
  html: "HTML",
  pdf: "PDF",
  docx: "Word (.docx)",
  pptx: "PowerPoint (.pptx)",
  odt: "OpenDocument text (.odt)",
  epub: "EPUB",
  rtf: "RTF",
  eml: "e-mail (.eml)",
  msg: "Outlook messages (.msg)",
  image: "PNG, JPEG and TIFF pictures (where text recognition is on)",
  xlsx: "Excel (.xlsx)",
  csv: "CSV and TSV",
  json: "JSON",
  jsonl: "JSON lines",
  xml: "XML",
  ipynb: "Jupyter notebooks",
  subtitles: "subtitles (.srt, .vtt)",
};
