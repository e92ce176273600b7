import type { NewChunk } from "@gpt-agent/supabase/chunks";
import { extractFile } from "../../extract-file.ts";
import type { CorpusFile, Truth } from "./truth.ts";

export interface Verdict {
  readonly file: string;
  readonly passages: number;
  readonly chunks: number;
  /** For people; empty where all of it is right. */
  readonly problems: readonly string[];
}

/**
 * Reads a generated file and compares everything with what was written: the whole text, and of every chunk its slice,
 * headings, pages, sheet, rows and kind.
 */
export const checkFile = async (file: CorpusFile, maxTokens: number): Promise<Verdict> => {
  const { name, truth } = file;
  const problems: string[] = [];
  const same = (what: string, found: unknown, expected: unknown): void => {
    const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
    if (a !== b) problems.push(`${what}: ${a}, expected ${b}`);
  };
  const passages = truth.filter(({ kind }) => kind !== "heading").length;
  const chunks: NewChunk[] = [];
  try {
    const extracted = await extractFile(file.bytes, { fileName: name, maxTokens, overlapTokens: 0 });
    for await (const chunk of extracted.chunks) chunks.push(chunk);
    same("format", extracted.format, file.format);
    same("pages", extracted.pageCount, file.pageCount);
    same("warnings", extracted.warnings, []);
    const attachments = extracted.attachments.map(({ name, bytes }) => [name, Buffer.from(bytes).toString("base64")]);
    same(
      "attachments",
      attachments,
      (file.attachments ?? []).map(({ name, bytes }) => [name, bytes.toString("base64")]),
    );
    const expected = truth.map(({ text }) => text).join("\n\n");
    if (extracted.text === expected) problems.push(...chunkProblems(expected, truth, chunks));
    else problems.push(`text: ${difference(extracted.text, expected)}`);
  } catch (error) {
    problems.push(String(error));
  }
  return { file: name, passages, chunks: chunks.length, problems };
};

const difference = (found: string, expected: string): string => {
  let at = 0;
  while (at < expected.length && found[at] === expected[at]) at += 1;
  const around = (text: string): string => JSON.stringify(text.slice(Math.max(0, at - 60), at + 80));
  return `at ${at} ${around(found)}, expected ${around(expected)}`;
};

/** A line of the expected text. Offsets are code points, as in rows. */
interface Line {
  readonly from: number;
  readonly to: number;
  readonly row: number | undefined;
  readonly item: Truth;
}

const linesOf = (truth: readonly Truth[]): Line[] => {
  const lines: Line[] = [];
  let at = 0;
  for (const item of truth) {
    let ruled = 0;
    for (const [index, text] of item.text.split("\n").entries()) {
      const to = at + [...text].length;
      const isRule = item.kind === "table" && index === 1;
      if (isRule) ruled = 1;
      // The rule belongs to the header above it.
      const row = item.kind === "heading" ? undefined : item.rows?.[isRule ? 0 : index - ruled];
      lines.push({ from: at, to, row, item });
      at = to + 1;
    }
    at += 1;
  }
  return lines;
};

const chunkProblems = (text: string, truth: readonly Truth[], chunks: readonly NewChunk[]): string[] => {
  const points = [...text];
  const lines = linesOf(truth);
  const problems: string[] = [];
  let end = 0;
  for (const [index, chunk] of chunks.entries()) {
    const held = lines.filter(({ from, to }) => from < chunk.charEnd && to > chunk.charStart);
    const body = held.filter(({ item }) => item.kind !== "heading");
    const kinds = new Set(body.map(({ item }) => item.kind));
    const [kind = "text"] = kinds;
    const numbers = (values: readonly (number | undefined)[]) => {
      const known = values.filter((value) => value !== undefined);
      return known.length === 0 ? [null, null] : [Math.min(...known), Math.max(...known)];
    };
    const expected = {
      ordinal: index,
      content: points.slice(chunk.charStart, chunk.charEnd).join(""),
      between: "",
      kind: kinds.size > 1 ? "text" : kind,
      headingPath: (body.at(-1) ?? held.at(-1))?.item.path,
      oneSection: 1,
      pages: numbers(held.map(({ item }) => item.page)),
      sheet: held[0]?.item.sheet ?? null,
      rows: numbers(body.map(({ row }) => row)),
    };
    const found = {
      ordinal: chunk.ordinal,
      content: chunk.content,
      between: points.slice(end, chunk.charStart).join("").trim(),
      kind: chunk.kind,
      headingPath: chunk.headingPath,
      oneSection: new Set((body.length > 0 ? body : held.slice(-1)).map(({ item }) => item.path.join("\n"))).size,
      pages: [chunk.pageFrom, chunk.pageTo],
      sheet: chunk.sheet,
      rows: [chunk.rowFrom, chunk.rowTo],
    };
    for (const key of Object.keys(expected) as (keyof typeof expected)[]) {
      const [a, b] = [JSON.stringify(found[key]), JSON.stringify(expected[key])];
      if (a !== b) problems.push(`chunk ${index}, ${key}: ${a}, expected ${b}`);
    }
    end = chunk.charEnd;
  }
  const rest = points.slice(end).join("").trim();
  if (rest !== "") problems.push(`in no chunk: ${JSON.stringify(rest.slice(0, 100))}`);
  return problems;
};
