/** What a parser hands on: a piece of the document in reading order, with what it knows about its place. */
export type Block =
  | {
      readonly kind: "heading";
      readonly text: string;
      /** 1 is the top. */ readonly level: number;
      readonly page?: number;
    }
  | { readonly kind: BodyKind; readonly text: string; readonly page?: number };

/** Tables are Markdown tables, lists are `- item` lines, code is as written. */
export type BodyKind = "text" | "table" | "code" | "list";

/** What every format module returns. */
export interface ParsedFile {
  readonly blocks: readonly Block[];
  /** Null where the format has no pages. */
  readonly pageCount: number | null;
}

/** The formats that can be read today. */
export type Format = "text" | "markdown" | "html" | "pdf" | "docx";

export const formatNames: Readonly<Record<Format, string>> = {
  text: "plain text",
  markdown: "Markdown",
  html: "HTML",
  pdf: "PDF",
  docx: "Word (.docx)",
};
