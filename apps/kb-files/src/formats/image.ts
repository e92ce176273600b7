import type { ParsedFile } from "../block.ts";
import { startOcr, type OcrSettings } from "../ocr.ts";
import { fileProblem } from "../problem.ts";

/**
 * A picture of text.
 * @throws {PermanentError} ocr_unavailable, file_corrupt, file_no_text
 */
export const parseImage = async (bytes: Uint8Array, fileName: string, ocr: OcrSettings): Promise<ParsedFile> => {
  const recognize = await startOcr(ocr, fileName);
  const blocks = await recognize(bytes).catch((error: unknown) => {
    throw fileProblem("file_corrupt", fileName, "is damaged: text recognition cannot read the picture.", error);
  });
  if (blocks.length === 0) {
    throw fileProblem("file_no_text", fileName, "shows no text that can be recognized. Upload a sharper picture.");
  }
  return { pageCount: 1, blocks: blocks.map((block) => ({ ...block, page: 1 })) };
};
