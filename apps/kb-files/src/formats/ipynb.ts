import { z } from "zod";
import type { Block, ParsedFile } from "../block.ts";
import { parseMarkdown } from "./markdown.ts";

const text = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (typeof value === "string" ? value : value.join("")));
const output = z.object({
  text: text.optional().catch(undefined),
  data: z
    .object({ "text/plain": text.optional().catch(undefined) })
    .optional()
    .catch(undefined),
  ename: z.string().optional().catch(undefined),
  evalue: z.string().optional().catch(undefined),
});
const cell = z.object({
  cell_type: z.string(),
  source: text.optional(),
  /** Notebooks before version 4. */
  input: text.optional(),
  level: z.number().optional().catch(undefined),
  outputs: z.array(output).optional().catch(undefined),
});
const notebook = z.object({
  cells: z.array(cell).optional(),
  worksheets: z.array(z.object({ cells: z.array(cell) })).optional(),
});

/** Longest output that is kept of a cell: logs of a training run say little. */
const longestOutput = 4_000;
const escapes = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");

/** Whether parsed JSON is a Jupyter notebook. */
export const isNotebook = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "nbformat" in value && ("cells" in value || "worksheets" in value);

/** A Jupyter notebook: Markdown cells as Markdown, code and its text results as code; pictures are left out. */
export const parseNotebook = (value: unknown): ParsedFile => {
  const { cells = [], worksheets = [] } = notebook.parse(value);
  return { pageCount: null, blocks: [...cells, ...worksheets.flatMap((sheet) => sheet.cells)].flatMap(cellBlocks) };
};

const cellBlocks = ({
  cell_type: type,
  source,
  input,
  level,
  outputs = [],
}: z.output<typeof cell>): readonly Block[] => {
  const content = source ?? input ?? "";
  if (type === "heading") return [{ kind: "heading", level: level ?? 1, text: content }];
  if (type !== "code") return parseMarkdown(content).blocks;
  return [{ kind: "code", text: content } as const, ...outputs.map(outputBlock)].filter(
    (block) => block.text.trim() !== "",
  );
};

const outputBlock = ({ text: printed, data, ename, evalue }: z.output<typeof output>): Block => {
  const shown = printed ?? data?.["text/plain"] ?? [ename, evalue].filter((part) => part !== undefined).join(": ");
  const plain = shown.replace(escapes, "");
  return { kind: "code", text: plain.length > longestOutput ? `${plain.slice(0, longestOutput)}\n…` : plain };
};
