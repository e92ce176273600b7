import { PDFiumModule } from "@hyzyla/pdfium";
import { toLines, type Box } from "./pdf-lines.ts";

/** The functions of pdfium's C interface that reading needs (fpdfview.h, fpdf_text.h, fpdf_edit.h). */
interface Pdfium {
  readonly wasmExports: { malloc(bytes: number): number; free(pointer: number): void };
  /** A getter: the memory moves when it grows. */
  readonly HEAPU8: Uint8Array;
  _FPDF_InitLibrary(): void;
  _FPDF_LoadMemDocument(bytes: number, length: number, password: number): number;
  _FPDF_CloseDocument(document: number): void;
  _FPDF_GetLastError(): number;
  _FPDF_GetPageCount(document: number): number;
  _FPDF_LoadPage(document: number, index: number): number;
  _FPDF_GetPageHeightF(page: number): number;
  _FPDF_GetPageWidthF(page: number): number;
  _FPDF_ClosePage(page: number): void;
  _FPDFText_LoadPage(page: number): number;
  _FPDFText_ClosePage(textPage: number): void;
  _FPDFText_CountChars(textPage: number): number;
  _FPDFText_GetText(textPage: number, start: number, count: number, into: number): number;
  _FPDFText_GetCharIndexFromTextIndex(textPage: number, textIndex: number): number;
  _FPDFText_GetLooseCharBox(textPage: number, charIndex: number, into: number): number;
  _FPDFPage_CountObjects(page: number): number;
  _FPDFPage_GetObject(page: number, index: number): number;
  _FPDFPageObj_GetType(object: number): number;
  _FPDFBitmap_CreateEx(width: number, height: number, format: number, pixels: number, stride: number): number;
  _FPDFBitmap_FillRect(bitmap: number, left: number, top: number, width: number, height: number, color: number): void;
  _FPDFBitmap_Destroy(bitmap: number): void;
  _FPDF_RenderPageBitmap(
    bitmap: number,
    page: number,
    left: number,
    top: number,
    width: number,
    height: number,
    rotate: number,
    flags: number,
  ): void;
}

/** One visual line, in points from the page's lower left corner. */
export interface PdfLine {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  /** Of the first letter. */
  readonly top: number;
  readonly bottom: number;
  /** Where lines of full width begin and end in this line's column, on a page of several columns. */
  readonly column?: Edges;
}

export interface Edges {
  readonly left: number;
  readonly right: number;
}

export interface PdfPage {
  /** 1 for the first. */
  readonly number: number;
  readonly width: number;
  readonly height: number;
  readonly lines: readonly PdfLine[];
  /** What a page without text shows instead: a scan is a picture; letters may also be drawn as lines. */
  readonly shows: "text" | "picture" | "drawing" | "nothing";
}

export interface PdfDocument {
  readonly pageCount: number;
  pages(): Generator<PdfPage>;
  /** The page as a grey picture (PGM, 300 dots per inch, at most 4,000 a side). */
  render(pageNumber: number): Uint8Array | undefined;
  close(): void;
}

export type PdfLoadFailure = "password" | "damaged" | "unsupported";

const errorPassword = 4;
const errorSecurity = 5;
const boxBytes = 16;
const imageObject = 3;
/** A group of objects; scanners wrap their picture in one. */
const formObject = 5;
const greyFormat = 1;
const renderAnnotations = 0x01;
const dotsPerPoint = 300 / 72;
const maxSidePixels = 4_000;

let loading: Promise<Pdfium> | undefined;

const loadPdfium = async (): Promise<Pdfium> => {
  const pdfium = (await PDFiumModule({})) as unknown as Pdfium;
  pdfium._FPDF_InitLibrary();
  return pdfium;
};

/** After an error of the library itself: nobody knows the state of its memory, the next file gets a fresh one. */
export const forgetPdfium = (): void => void (loading = undefined);

/** Opens a PDF in memory. Close it. */
export const openPdf = async (
  bytes: Uint8Array,
  password?: string,
): Promise<PdfDocument | { readonly failure: PdfLoadFailure }> => {
  const pdfium = await (loading ??= loadPdfium());
  const data = pdfium.wasmExports.malloc(bytes.length);
  pdfium.HEAPU8.set(bytes, data);
  const secret = password === undefined ? undefined : Buffer.from(`${password}\0`);
  const secretAt = secret === undefined ? 0 : pdfium.wasmExports.malloc(secret.length);
  if (secret !== undefined) pdfium.HEAPU8.set(secret, secretAt);
  const document = pdfium._FPDF_LoadMemDocument(data, bytes.length, secretAt);
  if (secret !== undefined) {
    pdfium.HEAPU8.fill(0, secretAt, secretAt + secret.length);
    pdfium.wasmExports.free(secretAt);
  }
  if (document === 0) {
    const error = pdfium._FPDF_GetLastError();
    pdfium.wasmExports.free(data);
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
        yield readPage(pdfium, page, index + 1);
        pdfium._FPDF_ClosePage(page);
      }
    },
    render(pageNumber) {
      const page = pdfium._FPDF_LoadPage(document, pageNumber - 1);
      if (page === 0) return undefined;
      const picture = renderPage(pdfium, page);
      pdfium._FPDF_ClosePage(page);
      return picture;
    },
    close() {
      pdfium._FPDF_CloseDocument(document);
      pdfium.wasmExports.free(data);
    },
  };
};

const readPage = (pdfium: Pdfium, page: number, number: number): PdfPage => {
  const width = pdfium._FPDF_GetPageWidthF(page);
  const lines = readLines(pdfium, page, width);
  return {
    number,
    width,
    height: pdfium._FPDF_GetPageHeightF(page),
    lines,
    shows: lines.length > 0 ? "text" : whatIsShown(pdfium, page),
  };
};

const whatIsShown = (pdfium: Pdfium, page: number): "picture" | "drawing" | "nothing" => {
  const count = Math.min(pdfium._FPDFPage_CountObjects(page), 1_000);
  for (let index = 0; index < count; index += 1) {
    const type = pdfium._FPDFPageObj_GetType(pdfium._FPDFPage_GetObject(page, index));
    if (type === imageObject || type === formObject) return "picture";
  }
  return count > 0 ? "drawing" : "nothing";
};

const renderPage = (pdfium: Pdfium, page: number): Uint8Array | undefined => {
  const points = [pdfium._FPDF_GetPageWidthF(page), pdfium._FPDF_GetPageHeightF(page)] as const;
  const scale = Math.min(dotsPerPoint, maxSidePixels / Math.max(...points, 1));
  const [width, height] = points.map((length) => Math.max(1, Math.round(length * scale))) as [number, number];
  const pixels = pdfium.wasmExports.malloc(width * height);
  const bitmap = pdfium._FPDFBitmap_CreateEx(width, height, greyFormat, pixels, width);
  try {
    if (pixels === 0 || bitmap === 0) return undefined;
    pdfium._FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xffff_ffff);
    pdfium._FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, renderAnnotations);
    return Buffer.concat([
      Buffer.from(`P5 ${width} ${height} 255\n`),
      pdfium.HEAPU8.slice(pixels, pixels + width * height),
    ]);
  } finally {
    if (bitmap !== 0) pdfium._FPDFBitmap_Destroy(bitmap);
    pdfium.wasmExports.free(pixels);
  }
};

/** The page's text in one call, then the boxes of each line's first and last letter: two calls a line, not a letter. */
const readLines = (pdfium: Pdfium, page: number, pageWidth: number): PdfLine[] => {
  const textPage = pdfium._FPDFText_LoadPage(page);
  if (textPage === 0) return [];
  const count = Math.max(0, pdfium._FPDFText_CountChars(textPage));
  const buffer = pdfium.wasmExports.malloc((count + 1) * 2 + boxBytes);
  try {
    const written = Math.max(0, pdfium._FPDFText_GetText(textPage, 0, count, buffer) - 1);
    const text = new TextDecoder("utf-16le", { ignoreBOM: true }).decode(
      pdfium.HEAPU8.slice(buffer, buffer + written * 2),
    );
    const box = (textIndex: number): Box => {
      const charIndex = pdfium._FPDFText_GetCharIndexFromTextIndex(textPage, textIndex);
      if (charIndex < 0 || pdfium._FPDFText_GetLooseCharBox(textPage, charIndex, buffer) === 0) return [0, 0, 0, 0];
      // FS_RECTF: left, top, right, bottom as 32-bit floats.
      const view = new DataView(pdfium.HEAPU8.buffer, buffer, boxBytes);
      const at = (index: number): number => view.getFloat32(index * 4, true);
      return [at(0), at(2), at(3), at(1)];
    };
    return toLines(text, pageWidth, box);
  } finally {
    pdfium.wasmExports.free(buffer);
    pdfium._FPDFText_ClosePage(textPage);
  }
};
