import { xmlEvents, xmlText, type XmlEvent } from "./xml-events.ts";

/** A part of the package as pieces of bytes; nothing for a part that is not there. */
export type Part = AsyncIterable<Uint8Array>;

export interface Relation {
  readonly id: string;
  /** The last part of the type's URI: `worksheet`, `styles`. Strict and transitional files differ in the rest. */
  readonly type: string;
  /** From the package's root. */
  readonly target: string;
}

/** Every event of a small part; no event for a part that is not there. */
async function* eventsOf(part: Part): AsyncGenerator<XmlEvent> {
  const pieces = part[Symbol.asyncIterator]();
  const first = await pieces.next();
  if (first.done === true) return;
  const all = async function* (): AsyncGenerator<Uint8Array> {
    yield first.value;
    yield* { [Symbol.asyncIterator]: () => pieces };
  };
  for await (const events of xmlEvents(xmlText(all()))) yield* events;
}

export const readRelations = async (part: Part, folder: string): Promise<readonly Relation[]> => {
  const relations: Relation[] = [];
  for await (const event of eventsOf(part)) {
    if (event.kind !== "open" || event.name !== "Relationship") continue;
    const { Id = "", Type = "", Target = "", TargetMode } = event.attributes;
    if (TargetMode === "External") continue;
    const { pathname } = new URL(Target, `zip://package/${folder}`);
    const target = decodeURIComponent(pathname.slice(1));
    relations.push({ id: Id, type: Type.slice(Type.lastIndexOf("/") + 1), target });
  }
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
  for await (const event of eventsOf(part)) {
    if (event.kind !== "open") continue;
    const { name, attributes } = event;
    if (name === "workbookPr") startsAt1904 = attributes["date1904"] === "1" || attributes["date1904"] === "true";
    if (name !== "sheet") continue;
    const relationId = Object.entries(attributes).find(([key]) => /^\w+:id$/.test(key))?.[1] ?? "";
    const state = attributes["state"] ?? "visible";
    sheets.push({ name: attributes["name"] ?? "", relationId, isHidden: state !== "visible" });
  }
  if (sheets.length === 0) throw new Error("the workbook names no sheet");
  return { sheets, startsAt1904 };
};

/** Texts that cells refer to by number. Phonetic guides (`rPh`) stand beside the text, not in it. */
export const readSharedStrings = async (part: Part): Promise<readonly string[]> => {
  const strings: string[] = [];
  let text = "";
  let inText = false;
  let inGuide = false;
  for await (const event of eventsOf(part)) {
    if (event.kind === "text") {
      if (inText && !inGuide) text += event.text;
    } else if (event.name === "t") inText = event.kind === "open";
    else if (event.name === "rPh") inGuide = event.kind === "open";
    else if (event.name === "si") {
      if (event.kind === "close") strings.push(text);
      text = "";
    }
  }
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
  for await (const event of eventsOf(part)) {
    if (event.kind === "text") continue;
    if (event.name === "cellXfs") inCellStyles = event.kind === "open";
    if (event.kind === "close") continue;
    const { numFmtId, formatCode } = event.attributes;
    if (event.name === "numFmt") formats.set(Number(numFmtId), formatCode ?? "");
    if (event.name === "xf" && inCellStyles) formatIds.push(Number(numFmtId ?? 0));
  }
  return { formatIds, formats };
};
