import { PermanentError } from "@gpt-agent/jobs/errors";
import type { Block, ParsedFile, Warning } from "../block.ts";
import { ocrBudgetMs, startOcr, type OcrSettings } from "../ocr.ts";
import { fileProblem } from "../problem.ts";
import { inReadingOrder } from "./pdf-columns.ts";
import { guardPdf } from "./pdf-guard.ts";
import { joinHyphens } from "./pdf-hyphens.ts";
import { bodyLineHeight, pageBlocks, usualPitch, withoutRunningLines } from "./pdf-layout.ts";
import { forgetPdfium, openPdf, type PdfDocument, type PdfLoadFailure, type PdfPage } from "./pdfium.ts";

/**
 * A PDF's own text, page by page, column by column. Headings are lines in clearly larger type; running headers and
 * footers go. Scanned pages are recognized where that is on, else named in a warning.
 * @param ocr absent: text recognition is off
 * @throws {PermanentError} file_bomb, password_required, file_corrupt, file_unsupported, file_no_text, ocr_unavailable
 */
export const parsePdf = async (
  bytes: Uint8Array,
  fileName: string,
  ocr?: OcrSettings,
  password?: string,
): Promise<ParsedFile> => {
  guardPdf(bytes, fileName);
  const pdf = await openPdf(bytes, password);
  if ("failure" in pdf) throw loadProblem(pdf.failure, fileName, password !== undefined);
  try {
    const parsed = await readPdf(pdf, fileName, ocr);
    pdf.close();
    return parsed;
  } catch (error) {
    if (error instanceof PermanentError) pdf.close();
    else forgetPdfium();
    throw error;
  }
};

const readPdf = async (pdf: PdfDocument, fileName: string, ocr: OcrSettings | undefined): Promise<ParsedFile> => {
  const pages: PdfPage[] = [...pdf.pages()];
  if (pdf.pageCount === 0 || pages.length === 0) throw loadProblem("damaged", fileName);

  const kept = withoutRunningLines(pages).map(inReadingOrder);
  const bodyHeight = bodyLineHeight(kept);
  const pitch = usualPitch(kept.flatMap((page) => page.lines));
  const pagesThatShow = (...what: readonly PdfPage["shows"][]): number[] =>
    pages.filter((page) => what.includes(page.shows)).map((page) => page.number);
  const scans = pagesThatShow("picture");
  const toRecognize = ocr === undefined ? [] : pagesThatShow("picture", "drawing");
  const recognized =
    ocr === undefined || toRecognize.length === 0 ? undefined : await recognize(pdf, toRecognize, ocr, fileName);
  const blocks: Block[] = joinHyphens(
    kept.flatMap((page) => recognized?.pages.get(page.number) ?? pageBlocks(page, bodyHeight, pitch)),
  );
  if (blocks.length === 0) {
    const sentence =
      recognized === undefined
        ? `has ${pdf.pageCount} page(s) and no text: it looks like a scan. Run text recognition on it first.`
        : `has ${pdf.pageCount} page(s), and no text could be recognized on them. Scan it again, sharper.`;
    throw fileProblem("file_no_text", fileName, sentence);
  }
  const loaded = new Set(pages.map((page) => page.number));
  const damaged = Array.from({ length: pdf.pageCount }, (_, index) => index + 1).filter((page) => !loaded.has(page));
  const warnings = [
    ...warning(damaged, fileName, "cannot be read: the file is damaged there. Save it again and upload that."),
    ...(recognized === undefined
      ? warning(scans, fileName, "hold no text, only pictures: they look scanned. Run text recognition on them.")
      : warning(
          scans.filter((page) => recognized.failed.includes(page)),
          fileName,
          "were not recognized: too little time, or no text to be seen on them.",
        )),
  ];
  return { pageCount: pdf.pageCount, blocks, warnings };
};

const recognize = async (pdf: PdfDocument, scans: readonly number[], ocr: OcrSettings, fileName: string) => {
  const readPicture = await startOcr(ocr, fileName);
  const until = performance.now() + ocrBudgetMs;
  const pages = new Map<number, readonly Block[]>();
  const failed: number[] = [];
  for (const page of scans) {
    const picture = performance.now() < until ? pdf.render(page) : undefined;
    const blocks = picture === undefined ? [] : await readPicture(picture).catch(() => []);
    if (blocks.length === 0) failed.push(page);
    else
      pages.set(
        page,
        blocks.map((block) => ({ ...block, page })),
      );
  }
  return { pages, failed };
};

/** One warning for all pages of one kind; `page` is the first of them. */
const warning = (pages: readonly number[], fileName: string, says: string): Warning[] => {
  const [page] = pages;
  if (page === undefined) return [];
  return [{ code: "part_unreadable", message: `Page(s) ${ranges(pages)} of "${fileName}" ${says}`, page }];
};

/** @example ranges([1, 2, 3, 7]) === "1–3, 7" */
const ranges = (numbers: readonly number[]): string => {
  const runs: [from: number, to: number][] = [];
  for (const number of numbers) {
    const run = runs.at(-1);
    if (run !== undefined && run[1] === number - 1) run[1] = number;
    else runs.push([number, number]);
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(", ");
};

const loadProblem = (failure: PdfLoadFailure, fileName: string, hasPassword = false) => {
  if (failure === "password") {
    return fileProblem(
      "password_required",
      fileName,
      hasPassword
        ? "is protected by another password than the one that was given. Give the right one."
        : "is protected by a password. Give the password, or remove it and upload the file again.",
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
