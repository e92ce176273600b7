import type { BodyKind, Format } from "../../block.ts";

/** Where a passage must be found. */
interface Place {
  /** Headings above it (of a heading: and itself), outermost first. */
  readonly path: readonly string[];
  readonly page?: number;
  readonly sheet?: string;
}

/** One expected piece of the extracted text. Together, with an empty line between, they are the whole of it. */
export type Truth = Place &
  (
    | { readonly kind: "heading"; readonly text: string }
    | {
        readonly kind: BodyKind;
        readonly text: string;
        /** Of a sheet's table or text: the row of each line but the rule, which has none. */
        readonly rows?: readonly number[];
      }
  );

/** A generated file and all that reading it must give. */
export interface CorpusFile {
  readonly name: string;
  readonly format: Format;
  readonly bytes: Buffer;
  readonly pageCount: number | null;
  readonly truth: readonly Truth[];
  /** Names and bytes, in order. */
  readonly attachments?: readonly { readonly name: string; readonly bytes: Buffer }[];
}

/** As a reader of Markdown sees a table; cells are single lines. */
export const tableText = (rows: readonly (readonly string[])[]): string => {
  const [header = [], ...body] = rows.map((cells) => cells.map((cell) => cell.replaceAll("|", "\\|")));
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(header), `|${" --- |".repeat(header.length)}`, ...body.map(line)].join("\n");
};
