import type { NewChunk } from "@gpt-agent/supabase/chunks";
import type { Block, Format } from "./block.ts";
import { assemble } from "./chunking/assemble.ts";
import { chunkDocument } from "./chunking/chunk.ts";
import { detectLanguage, type Language } from "./chunking/language.ts";
import { loadTokenCounter } from "./chunking/tokens.ts";
import { parseTextual } from "./parse-textual.ts";
import { fileProblem } from "./problem.ts";
import { sniff } from "./sniff.ts";

export interface ExtractOptions {
  /** As the person knows it: shown in errors and in every chunk's header. */
  readonly fileName: string;
  readonly maxTokens: number;
  readonly overlapTokens: number;
}

export interface ExtractedFile {
  readonly format: Format;
  /** The stored extracted text. */
  readonly text: string;
  readonly pageCount: number | null;
  readonly language: Language;
  readonly chunks: AsyncIterable<NewChunk>;
}

/**
 * The whole way from bytes to chunks. CPU-heavy, and the bytes may be hostile: run it in the parser process.
 * @throws {PermanentError} file_empty, file_mislabelled, file_unsupported, file_corrupt, file_password, file_bomb, file_no_text
 */
export const extractFile = async (bytes: Uint8Array, options: ExtractOptions): Promise<ExtractedFile> => {
  const { format, blocks, pageCount } = await parseFile(bytes, options.fileName);
  const assembled = assemble(blocks);
  if (!/[\p{L}\p{N}]/u.test(assembled.text)) {
    throw fileProblem("file_no_text", options.fileName, "holds no text. Upload a file that does.");
  }
  const language = detectLanguage(assembled.text);
  const chunks = chunkDocument(assembled, {
    documentName: options.fileName,
    language,
    maxTokens: options.maxTokens,
    overlapTokens: options.overlapTokens,
    countTokens: await loadTokenCounter(),
  });
  return { format, text: assembled.text, pageCount, language, chunks };
};

/** Sniffs, then loads only the reader that the content asks for. */
export const parseFile = async (
  bytes: Uint8Array,
  fileName: string,
): Promise<{ readonly format: Format; readonly blocks: readonly Block[]; readonly pageCount: number | null }> => {
  const sniffed = await sniff(bytes, fileName);
  if (sniffed === "pdf") {
    const { parsePdf } = await import("./formats/pdf.ts");
    return { format: "pdf", ...(await parsePdf(bytes, fileName)) };
  }
  if (sniffed === "docx") {
    const { parseDocx } = await import("./formats/docx.ts");
    return { format: "docx", ...(await parseDocx(bytes, fileName)) };
  }
  if (sniffed === "xlsx") {
    const { parseXlsx } = await import("./formats/xlsx.ts");
    return { format: "xlsx", ...(await parseXlsx(bytes, fileName)) };
  }
  return parseTextual(bytes, fileName);
};
