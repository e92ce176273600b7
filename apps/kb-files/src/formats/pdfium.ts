import { PDFiumModule } from "@hyzyla/pdfium";

/** The functions of pdfium's C interface that reading text needs (fpdfview.h, fpdf_text.h). */
interface Pdfium {
  readonly wasmExports: { malloc(bytes: number): number; free(pointer: number): void };
  /** A getter: the memory moves when it grows. */
  readonly HEAPU8: Uint8Array;
  _FPDF_InitLibrary(): void;
  _FPDF_LoadMemDocument(bytes: number, length: number, password: number): number;
  _FPDF_GetLastError(): number;
  _FPDF_GetPageCount(document: number): number;
  _FPDF_LoadPage(document: number, index: number): number;
  _FPDF_GetPageHeightF(page: number): number;
  _FPDF_ClosePage(page: number): void;
  _FPDFText_LoadPage(page: number): number;
  _FPDFText_ClosePage(textPage: number): void;
  _FPDFText_CountChars(textPage: number): number;
  _FPDFText_GetText(textPage: number, start: number, count: number, into: number): number;
  _FPDFText_GetCharIndexFromTextIndex(textPage: number, textIndex: number): number;
  _FPDFText_GetLooseCharBox(textPage: number, charIndex: number, into: number): number;
}

/** One visual line, in points from the page's lower left corner. */
export interface PdfLine {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  /** Of the first letter. */
  readonly top: number;
  readonly bottom: number;
  /** Of the last letter: lower than `bottom` where pdfium joined a hyphenated word, and with it two lines. */
  readonly lastBottom: number;
}

export interface PdfPage {
  /** 1 for the first. */
  readonly number: number;
  readonly height: number;
  readonly lines: readonly PdfLine[];
}

export type PdfLoadFailure = "password" | "damaged" | "unsupported";

const errorPassword = 4;
const errorSecurity = 5;
const boxBytes = 16;

/** Opens a PDF in memory. One document per process: nothing is freed but pages, the child process ends after it. */
export const openPdf = async (
  bytes: Uint8Array,
): Promise<{ readonly pageCount: number; pages(): Generator<PdfPage> } | { readonly failure: PdfLoadFailure }> => {
  const pdfium = (await PDFiumModule({})) as unknown as Pdfium;
  pdfium._FPDF_InitLibrary();
  const data = pdfium.wasmExports.malloc(bytes.length);
  pdfium.HEAPU8.set(bytes, data);
  const document = pdfium._FPDF_LoadMemDocument(data, bytes.length, 0);
  if (document === 0) {
    const error = pdfium._FPDF_GetLastError();
    if (error === errorPassword) return { failure: "password" };
    return { failure: error === errorSecurity ? "unsupported" : "damaged" };
  }
  const pageCount = pdfium._FPDF_GetPageCount(document);
  return {
    pageCount,
    *pages() {
      for (let index = 0; index < pageCount; index += 1) {
        const page = pdfium._FPDF_LoadPage(document, index);
        // A page that cannot be loaded is skipped; its number stays taken.
        if (page === 0) continue;
        yield { number: index + 1, height: pdfium._FPDF_GetPageHeightF(page), lines: readLines(pdfium, page) };
        pdfium._FPDF_ClosePage(page);
      }
    },
  };
};

/** The page's text in one call, then the boxes of each line's first and last letter: two calls a line, not a letter. */
const readLines = (pdfium: Pdfium, page: number): PdfLine[] => {
  const textPage = pdfium._FPDFText_LoadPage(page);
  if (textPage === 0) return [];
  const count = Math.max(0, pdfium._FPDFText_CountChars(textPage));
  const buffer = pdfium.wasmExports.malloc((count + 1) * 2 + boxBytes);
  try {
    const written = Math.max(0, pdfium._FPDFText_GetText(textPage, 0, count, buffer) - 1);
    const text = new TextDecoder("utf-16le", { ignoreBOM: true }).decode(
      pdfium.HEAPU8.slice(buffer, buffer + written * 2),
    );
    const box = (textIndex: number): readonly [left: number, right: number, bottom: number, top: number] => {
      const charIndex = pdfium._FPDFText_GetCharIndexFromTextIndex(textPage, textIndex);
      if (charIndex < 0 || pdfium._FPDFText_GetLooseCharBox(textPage, charIndex, buffer) === 0) return [0, 0, 0, 0];
      // FS_RECTF: left, top, right, bottom as 32-bit floats.
      const view = new DataView(pdfium.HEAPU8.buffer, buffer, boxBytes);
      const at = (index: number): number => view.getFloat32(index * 4, true);
      return [at(0), at(2), at(3), at(1)];
    };
    const lines: PdfLine[] = [];
    let start = 0;
    for (const line of text.split("\r\n")) {
      const first = start + (line.length - line.trimStart().length);
      const last = start + line.trimEnd().length - 1;
      if (last >= first) {
        const [left, , bottom, top] = box(first);
        const [, right, lastBottom] = box(last);
        lines.push({ text: line.trim(), left, right, bottom, top, lastBottom });
      }
      start += line.length + 2;
    }
    return lines;
  } finally {
    pdfium.wasmExports.free(buffer);
    pdfium._FPDFText_ClosePage(textPage);
  }
};
