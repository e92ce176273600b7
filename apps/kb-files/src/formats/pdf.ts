import type { Block, ParsedFile } from "../block.ts";
import { fileProblem } from "../problem.ts";
import { joinHyphens } from "./pdf-hyphens.ts";
import { bodyLineHeight, pageBlocks, withoutRunningLines } from "./pdf-layout.ts";
import { openPdf, type PdfLoadFailure, type PdfPage } from "./pdfium.ts";

/**
 * A PDF's own text, page by page. Headings are lines in clearly larger type; running headers and footers go.
 * @throws {PermanentError} file_password, file_corrupt, file_unsupported, file_no_text
 */
export const parsePdf = async (bytes: Uint8Array, fileName: string): Promise<ParsedFile> => {
  const pdf = await openPdf(bytes);
  if ("failure" in pdf) throw loadProblem(pdf.failure, fileName);
  const pages: PdfPage[] = [...pdf.pages()];
  if (pdf.pageCount === 0 || pages.length === 0) throw loadProblem("damaged", fileName);

  const kept = withoutRunningLines(pages);
  const bodyHeight = bodyLineHeight(kept);
  const blocks: Block[] = joinHyphens(kept.flatMap((page) => pageBlocks(page, bodyHeight)));
  if (blocks.length === 0) {
    const sentence = `has ${pdf.pageCount} page(s) and no text: it looks like a scan. Run text recognition on it first.`;
    throw fileProblem("file_no_text", fileName, sentence);
  }
  return { pageCount: pdf.pageCount, blocks };
};

const loadProblem = (failure: PdfLoadFailure, fileName: string) => {
  if (failure === "password") {
    return fileProblem(
      "file_password",
      fileName,
      "is protected by a password. Remove the password and upload it again.",
    );
  }
  return failure === "unsupported"
    ? fileProblem(
        "file_unsupported",
        fileName,
        "uses an encryption that cannot be read. Save it again without protection.",
      )
    : fileProblem("file_corrupt", fileName, "is damaged or cut short: it is no readable PDF. Upload it again.");
};
