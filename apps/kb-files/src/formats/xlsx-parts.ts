import { readXmlBytes } from "./xml-events.ts";

/** A part of the package as pieces of bytes; nothing for a part that is not there. */
export type Part = AsyncIterable<Uint8Array>;

export interface Relation {
  readonly id: string;
  /** The last part of the type's URI: `worksheet`, `styles`. Strict and transitional files differ in the rest. */
  readonly type: string;
  /** From the package's root. */
  readonly target: string;
}

export const readRelations = async (part: Part, folder: string): Promise<readonly Relation[]> => {
  const relations: Relation[] = [];
  await readXmlBytes(part, {
    open: (name, { Id = "", Type = "", Target = "", TargetMode }) => {
      if (name !== "Relationship" || TargetMode === "External") return;
      const { pathname } = new URL(Target, `zip://package/${folder}`);
      const target = decodeURIComponent(pathname.slice(1));
      relations.push({ id: Id, type: Type.slice(Type.lastIndexOf("/") + 1), target });
    },
  });
  return relations;
};

export interface Workbook {
  readonly sheets: readonly { readonly name: string; readonly relationId: string; readonly isHidden: boolean }[];
  /** Old files from a Mac count days from 1904. */
  readonly startsAt1904: boolean;
}

/** @throws {Error} for a workbook without sheets */
export const readWorkbook = async (part: Part): Promise<Workbook> => {
  const sheets: Workbook["sheets"][number][] = [];
  let startsAt1904 = false;
  await readXmlBytes(part, {
    open: (element, attributes) => {
      const { name = "", state = "visible", date1904 } = attributes;
      if (element === "workbookPr") startsAt1904 = date1904 === "1" || date1904 === "true";
      if (element !== "sheet") return;
      const relationId = Object.entries(attributes).find(([key]) => /^\w+:id$/.test(key))?.[1] ?? "";
      sheets.push({ name, relationId, isHidden: state !== "visible" });
    },
  });
  if (sheets.length === 0) throw new Error("the workbook names no sheet");
  return { sheets, startsAt1904 };
};

/** Texts that cells refer to by number. Phonetic guides (`rPh`) stand beside the text, not in it. */
export const readSharedStrings = async (part: Part): Promise<readonly string[]> => {
  const strings: string[] = [];
  let text = "";
  let inText = false;
  let inGuide = false;
  await readXmlBytes(part, {
    open: (name) => {
      if (name === "t") inText = true;
      else if (name === "rPh") inGuide = true;
      else if (name === "si") text = "";
    },
    text: (piece) => {
      if (inText && !inGuide) text += piece;
    },
    close: (name) => {
      if (name === "t") inText = false;
      else if (name === "rPh") inGuide = false;
      else if (name === "si") strings.push(text);
    },
  });
  return strings;
};

export interface Styles {
  /** The number format of each cell style, by its place. */
  readonly formatIds: readonly number[];
  readonly formats: ReadonlyMap<number, string>;
}

export const readStyles = async (part: Part): Promise<Styles> => {
  const formatIds: number[] = [];
  const formats = new Map<number, string>();
  let inCellStyles = false;
  await readXmlBytes(part, {
    open: (name, { numFmtId, formatCode }) => {
      if (name === "cellXfs") inCellStyles = true;
      else if (name === "numFmt") formats.set(Number(numFmtId), formatCode ?? "");
      else if (name === "xf" && inCellStyles) formatIds.push(Number(numFmtId ?? 0));
    },
    close: (name) => {
      if (name === "cellXfs") inCellStyles = false;
    },
  });
  return { formatIds, formats };
};
