import type { NewChunk } from "@gpt-agent/supabase/chunks";
import { selectAttachments } from "./select-attachments.ts";
import type { Attachment, Format, ParsedFile, Warning } from "./block.ts";
import { assemble } from "./chunking/assemble.ts";
import { chunkDocument } from "./chunking/chunk.ts";
import { detectLanguage, type Language } from "./chunking/language.ts";
import { loadTokenCounter } from "./chunking/tokens.ts";
import type { OcrSettings } from "./ocr.ts";
import { parseTextual } from "./parse-textual.ts";
import { fileProblem } from "./problem.ts";
import { notReadable, sniff } from "./sniff.ts";

export interface ExtractOptions {
  /** As the person knows it: shown in errors and in every chunk's header. */
  readonly fileName: string;
  readonly maxTokens: number;
  readonly overlapTokens: number;
  /** 0 (or absent) for an uploaded file, 1 for its attachment, and so on. */
  readonly mailDepth?: number;
  /** Absent: text recognition is off. */
  readonly ocr?: OcrSettings;
  /** Of a protected PDF. */
  readonly password?: string;
}

export interface ExtractedFile {
  readonly format: Format;
  /** The stored extracted text. */
  readonly text: string;
  readonly pageCount: number | null;
  readonly language: Language;
  readonly chunks: AsyncIterable<NewChunk>;
  readonly attachments: readonly Attachment[];
  readonly warnings: readonly Warning[];
}

/**
 * The whole way from bytes to chunks. CPU-heavy, and the bytes may be hostile: run it in the parser process.
 * @throws {PermanentError} file_empty, file_mislabelled, file_unsupported, file_corrupt, password_required, file_bomb, file_no_text,
 * ocr_unavailable
 */
export const extractFile = async (bytes: Uint8Array, options: ExtractOptions): Promise<ExtractedFile> => {
  const { format, blocks, pageCount, ...parsed } = await parseFile(
    bytes,
    options.fileName,
    options.ocr,
    options.password,
  );
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
  const { attachments, warnings } = await selectAttachments(parsed.attachments ?? [], {
    mailDepth: options.mailDepth ?? 0,
    readsPictures: options.ocr !== undefined,
  });
  return {
    format,
    text: assembled.text,
    pageCount,
    language,
    chunks,
    attachments,
    warnings: [...(parsed.warnings ?? []), ...warnings],
  };
};

/** Sniffs, then loads only the reader that the content asks for. */
export const parseFile = async (
  bytes: Uint8Array,
  fileName: string,
  ocr?: OcrSettings,
  password?: string,
): Promise<{ readonly format: Format } & ParsedFile> => {
  const format = await sniff(bytes, fileName);
  switch (format) {
    case "pdf": {
      const { parsePdf } = await import("./formats/pdf.ts");
      return { format, ...(await parsePdf(bytes, fileName, ocr, password)) };
    }
    case "docx": {
      const { parseDocx } = await import("./formats/docx.ts");
      return { format, ...(await parseDocx(bytes, fileName)) };
    }
    case "pptx": {
      const { parsePptx } = await import("./formats/pptx.ts");
      return { format, ...(await parsePptx(bytes, fileName)) };
    }
    case "odt": {
      const { parseOdt } = await import("./formats/odt.ts");
      return { format, ...(await parseOdt(bytes, fileName)) };
    }
    case "epub": {
      const { parseEpub } = await import("./formats/epub.ts");
      return { format, ...(await parseEpub(bytes, fileName)) };
    }
    case "rtf": {
      const { parseRtf } = await import("./formats/rtf.ts");
      return { format, ...(await parseRtf(bytes, fileName)) };
    }
    case "eml": {
      const { parseEml } = await import("./formats/eml.ts");
      return { format, ...(await parseEml(bytes, fileName)) };
    }
    case "msg": {
      const { parseMsg } = await import("./formats/msg.ts");
      return { format, ...(await parseMsg(bytes, fileName)) };
    }
    case "image": {
      if (ocr === undefined) throw notReadable("a picture, and text recognition is off (OCR)", fileName);
      const { parseImage } = await import("./formats/image.ts");
      return { format, ...(await parseImage(bytes, fileName, ocr)) };
    }
    case "xlsx": {
      const { parseXlsx } = await import("./formats/xlsx.ts");
      return { format, ...(await parseXlsx(bytes, fileName)) };
    }
    case "text":
      return parseTextual(bytes, fileName);
  }
};
