import type { ZipFile } from "../zip-file.ts";
import { entryPath, type ManifestItem } from "./epub-package.ts";
import { childOf, descendants, parseXml, textOf } from "./xml-tree.ts";

/** What the table of contents calls each chapter's entry: EPUB 3 has a navigation page, EPUB 2 an NCX file. */
export const readChapterNames = async (
  zip: ZipFile,
  items: readonly ManifestItem[],
): Promise<ReadonlyMap<string, string>> => {
  const names = new Map<string, string>();
  const add = (fromPath: string, href: string | undefined, name: string): void => {
    const path = entryPath(fromPath, href ?? "");
    const text = name.replace(/\s+/gu, " ").trim();
    // Deeper entries point into the same file: the first one names it.
    if (text !== "" && !names.has(path)) names.set(path, text);
  };
  const navigation = items.find(({ properties }) => /\bnav\b/.test(properties));
  const page = navigation === undefined ? undefined : await zip.read(navigation.path);
  if (navigation !== undefined && page !== undefined) {
    const navs = descendants(await parseXml(page), "nav");
    const contents = navs.find(({ attributes }) => attributes["epub:type"] === "toc") ?? navs[0];
    for (const link of contents === undefined ? [] : descendants(contents, "a")) {
      add(navigation.path, link.attributes["href"], textOf(link));
    }
    return names;
  }
  const ncx = items.find(({ mime }) => mime === "application/x-dtbncx+xml");
  const file = ncx === undefined ? undefined : await zip.read(ncx.path);
  if (ncx === undefined || file === undefined) return names;
  const visit = (points: ReturnType<typeof descendants>): void => {
    for (const point of points) {
      const label = childOf(point, "navLabel");
      add(ncx.path, childOf(point, "content")?.attributes["src"], label === undefined ? "" : textOf(label));
      visit(descendants(point, "navPoint"));
    }
  };
  visit(descendants(await parseXml(file), "navPoint"));
  return names;
};
