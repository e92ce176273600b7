import yauzl from "yauzl";
import { inflateSmall } from "./inflate-guard.ts";

/** What an archive is, by its own declaration, else by the names in it; undefined where neither is known. */
export type ZipKind = "docx" | "pptx" | "xlsx" | "odt" | "epub" | { readonly other: string };

const declarationBytes = 256 * 1024;

/**
 * Office Open XML declares its main part in `[Content_Types].xml`, OpenDocument and EPUB their type in `mimetype`.
 * Damaged archives are told by the names that can still be seen, so that the reader can say what is wrong.
 */
export const sniffZipKind = async (buffer: Buffer): Promise<ZipKind | undefined> => {
  try {
    const zip = await yauzl.fromBufferPromise(buffer);
    const names = new Set<string>();
    let byContents: ZipKind | undefined;
    for await (const entry of zip.eachEntry()) {
      names.add(entry.fileName);
      if (names.size > 10_000) break;
      // Where it is there, it comes first.
      const kind = entry.fileName === "mimetype" ? byMimetype(await readStart(zip, entry, buffer)) : undefined;
      if (kind !== undefined) return kind;
      if (entry.fileName === "[Content_Types].xml") byContents = byContentTypes(await readStart(zip, entry, buffer));
      if (byContents !== undefined) return byContents;
    }
    return byNames((name) => names.has(name));
  } catch {
    const mimetype = /^PK\u0003\u0004.{26}mimetype([\w./+-]{1,100})/su.exec(buffer.subarray(0, 200).toString("latin1"));
    return byMimetype(mimetype?.[1]) ?? byNames((name) => buffer.includes(name, 0, "latin1"));
  }
};

const readStart = async (zip: yauzl.ZipFile, entry: yauzl.Entry, buffer: Buffer): Promise<string> => {
  const small = entry.uncompressedSize <= declarationBytes ? inflateSmall(entry, buffer) : undefined;
  if (small !== undefined) return small.toString("utf8");
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of await zip.openReadStreamPromise(entry)) {
    pieces.push(piece as Buffer);
    bytes += (piece as Buffer).length;
    if (bytes >= declarationBytes) break;
  }
  return Buffer.concat(pieces).toString("utf8");
};

const byMimetype = (mimetype: string | undefined): ZipKind | undefined => {
  const type = mimetype?.trim();
  if (type === undefined || type === "") return undefined;
  if (type.startsWith("application/epub+zip")) return "epub";
  const kind = /^application\/vnd\.(?:oasis\.opendocument|sun\.xml)\.([\w-]+)/.exec(type)?.[1];
  if (kind === undefined) return undefined;
  return kind === "text" || kind === "text-template" ? "odt" : { other: `an OpenDocument file of type ${kind}` };
};

/** Ordinary files, templates, shows and those with macros differ in the middle of the type. */
const byContentTypes = (contentTypes: string | undefined): ZipKind | undefined => {
  const main = /application\/vnd\.(?:openxmlformats-officedocument\.(\w+)ml|ms-(\w+))\.[\w.]+\.main\+xml/i.exec(
    contentTypes ?? "",
  );
  switch ((main?.[1] ?? main?.[2] ?? "").toLowerCase()) {
    case "word":
    case "wordprocessing":
      return "docx";
    case "presentation":
    case "powerpoint":
      return "pptx";
    case "spreadsheet":
    case "excel":
      return "xlsx";
    default:
      return undefined;
  }
};

const byNames = (holds: (name: string) => boolean): ZipKind | undefined => {
  if (holds("word/document.xml")) return "docx";
  if (holds("ppt/presentation.xml")) return "pptx";
  if (holds("xl/workbook.xml")) return "xlsx";
  if (holds("META-INF/container.xml")) return "epub";
  return holds("META-INF/manifest.xml") && holds("content.xml") ? "odt" : undefined;
};
