import { posix } from "node:path";
import { readEntry, type ZipFile } from "../zip-file.ts";
import { childOf, descendants, elements, parseXml, type XmlElement } from "./xml-tree.ts";

const chapterMimes = new Set(["application/xhtml+xml", "text/html", "application/x-dtbook+xml"]);

export interface ManifestItem {
  readonly id: string;
  /** The entry's name in the archive. */
  readonly path: string;
  readonly mime: string;
  readonly properties: string;
}

/** A book's files, and its chapters' entries in the order of reading. */
export const readPackage = async (
  zip: ZipFile,
  fileName: string,
): Promise<{ readonly items: readonly ManifestItem[]; readonly chapters: readonly string[] }> => {
  const container = await parseXml(await readEntry(zip, "META-INF/container.xml", fileName));
  const packagePath = descendants(container, "rootfile")[0]?.attributes["full-path"] ?? "";
  const book = await parseXml(await readEntry(zip, packagePath, fileName));
  const items = elements(childOf(book, "manifest") ?? book).map(({ attributes }) => ({
    id: attributes["id"] ?? "",
    path: entryPath(packagePath, attributes["href"] ?? ""),
    mime: attributes["media-type"] ?? "",
    properties: attributes["properties"] ?? "",
  }));
  return { items, chapters: spine(book, packagePath, items) };
};

const spine = (book: XmlElement, packagePath: string, items: readonly ManifestItem[]): string[] => {
  const contents = new Set(
    descendants(book, "reference")
      .filter(({ attributes }) => attributes["type"] === "toc")
      .map(({ attributes }) => entryPath(packagePath, attributes["href"] ?? "")),
  );
  return descendants(book, "itemref").flatMap(({ attributes }) => {
    const item = items.find(({ id }) => id === attributes["idref"]);
    const isContents = item === undefined || /\bnav\b/.test(item.properties) || contents.has(item.path);
    return isContents || !chapterMimes.has(item.mime) ? [] : [item.path];
  });
};

/** Where a reference leads inside the archive, without its fragment. */
export const entryPath = (fromPath: string, href: string): string => {
  const [path = ""] = href.split("#");
  let decoded = path;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    // A bare percent sign in a file's name.
  }
  return posix.resolve("/", posix.dirname(fromPath), decoded).slice(1);
};
