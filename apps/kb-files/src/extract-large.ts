import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { extname } from "node:path";
import type { NewChunk } from "@gpt-agent/supabase/chunks";
import type { Block, Format } from "./block.ts";
import { assemble, type OpenHeading } from "./chunking/assemble.ts";
import { chunkDocument } from "./chunking/chunk.ts";
import { detectLanguage, type Language } from "./chunking/language.ts";
import { loadTokenCounter } from "./chunking/tokens.ts";
import { decodePieces, encodingOf } from "./decode.ts";
import type { ExtractOptions } from "./extract-file.ts";
import { csvBlocks } from "./formats/csv.ts";
import { jsonLinesBlocks } from "./formats/json-lines.ts";
import { parseText } from "./formats/text.ts";
import { textWindows } from "./formats/text-windows.ts";
import { declaredEncoding } from "./formats/xml-events.ts";
import { xmlBlocks } from "./formats/xml.ts";
import { fileProblem } from "./problem.ts";
import { sniff } from "./sniff.ts";
import { isHtml, plainFormat, type Records, recordsOf, structureOf } from "./text-format.ts";

/** A part of the extracted text, to be written after those before, and the chunks that lie in it. */
export interface TextPart {
  readonly text: string;
  readonly chunks: readonly NewChunk[];
}

export interface LargeFile {
  readonly format: Format;
  readonly pageCount: null;
  readonly language: Language;
  readonly parts: AsyncIterable<TextPart>;
}

/** From here on plain text, tables, JSON lines and XML are read piece by piece. */
export const largeBytes = 8 * 1024 * 1024;
const startBytes = 1024 * 1024;
/** Characters of blocks that are assembled and chunked together. */
const partLength = 256 * 1024;

/**
 * The way from bytes to chunks for a large file whose format needs no more than a piece of it at a time: memory does
 * not grow with the file. Undefined for small files and for other formats.
 * @throws {PermanentError} file_no_text
 */
export const extractLarge = async (
  path: string,
  options: ExtractOptions,
  fromBytes = largeBytes,
): Promise<LargeFile | undefined> => {
  const start = await readStart(path, fromBytes);
  if (start === undefined || !(await isText(start, options.fileName))) return undefined;
  const pieces = (): AsyncIterable<Buffer> => createReadStream(path, { highWaterMark: 256 * 1024 });
  const encoding = await encodingOf(start, pieces(), declaredEncoding(start));
  const sample = (await Array.fromAsync(decodePieces(only(start), encoding))).join("");
  const kind = kindOf(sample, options.fileName);
  if (kind === undefined) return undefined;

  const text = decodePieces(pieces(), encoding);
  const groups = kind.format === "text" ? textGroups(text) : grouped(blocksOf(text, kind));
  const language = detectLanguage(sample);
  return { format: kind.format, pageCount: null, language, parts: textParts(groups, language, options) };
};

const readStart = async (path: string, fromBytes: number): Promise<Buffer | undefined> => {
  const file = await open(path);
  try {
    if ((await file.stat()).size < fromBytes) return undefined;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(startBytes), 0, startBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
};

/** A start that cannot be told is left to the reader that sees the whole file. */
const isText = (start: Buffer, fileName: string): Promise<boolean> =>
  sniff(start, fileName).then(
    (format) => format === "text",
    () => false,
  );

const kindOf = (sample: string, fileName: string) => {
  const extension = extname(fileName).toLowerCase();
  if (isHtml(sample, extension)) return undefined;
  if (/^\ufeff?\s*<\?xml/u.test(sample)) return { format: "xml" } as const;
  const records = recordsOf(sample, extension);
  if (records !== undefined) return records;
  const isPlain = structureOf(sample, fileName) === undefined && !/^\ufeff?\s*[[{<]/u.test(sample);
  return isPlain && plainFormat(sample, extension) === "text" ? ({ format: "text" } as const) : undefined;
};

const blocksOf = (text: AsyncIterable<string>, kind: Records | { readonly format: "xml" }): AsyncGenerator<Block> => {
  if (kind.format === "csv") return csvBlocks(text, kind.delimiter);
  return kind.format === "xml" ? xmlBlocks(text) : jsonLinesBlocks(text);
};

async function* textGroups(text: AsyncIterable<string>): AsyncGenerator<readonly Block[]> {
  for await (const window of textWindows(text)) yield parseText(window).blocks;
}

async function* grouped(blocks: AsyncIterable<Block>): AsyncGenerator<readonly Block[]> {
  let group: Block[] = [];
  let length = 0;
  for await (const block of blocks) {
    // A section is best left whole.
    if (length >= (block.kind === "heading" ? partLength / 2 : partLength)) {
      yield group;
      [group, length] = [[], 0];
    }
    group.push(block);
    length += block.text.length;
  }
  if (group.length > 0) yield group;
}

/** Each group assembled and chunked by itself, counted on from those before and under their headings. */
async function* textParts(
  groups: AsyncIterable<readonly Block[]>,
  language: Language,
  options: ExtractOptions,
): AsyncGenerator<TextPart> {
  const chunking = {
    documentName: options.fileName,
    language,
    maxTokens: options.maxTokens,
    overlapTokens: options.overlapTokens,
    countTokens: await loadTokenCounter(),
  };
  let headings: readonly OpenHeading[] = [];
  let characters = 0;
  let ordinal = 0;
  let saysSomething = false;
  for await (const blocks of groups) {
    const assembled = assemble(blocks, headings);
    headings = assembled.openHeadings;
    if (assembled.text === "") continue;
    saysSomething ||= /[\p{L}\p{N}]/u.test(assembled.text);
    const separator = characters === 0 ? "" : "\n\n";
    const from = { characters: characters + separator.length, ordinal };
    const chunks = await Array.fromAsync(chunkDocument(assembled, chunking), (chunk) => ({
      ...chunk,
      ordinal: from.ordinal + chunk.ordinal,
      charStart: from.characters + chunk.charStart,
      charEnd: from.characters + chunk.charEnd,
    }));
    ordinal += chunks.length;
    characters = from.characters + codePoints(assembled.text);
    yield { text: separator + assembled.text, chunks };
  }
  if (!saysSomething) throw fileProblem("file_no_text", options.fileName, "holds no text. Upload a file that does.");
}

export const codePoints = (text: string): number => text.length - (text.match(/[\u{10000}-\u{10ffff}]/gu)?.length ?? 0);

async function* only<T>(item: T): AsyncGenerator<T> {
  yield item;
}
