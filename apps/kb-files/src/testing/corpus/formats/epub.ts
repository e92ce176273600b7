import { zip } from "../../zip.ts";
import type { Tongue } from "../prose.ts";
import type { Random } from "../random.ts";
import { bodyText, makeStory, type Section } from "../story.ts";
import type { CorpusFile, Truth } from "../truth.ts";
import { escaped, htmlOf } from "./markup.ts";

/** EPUB 3 with a navigation page or EPUB 2 with an NCX; chapters lie in the archive in another order than they are read. */
export const epubFile = (random: Random, tongue: Tongue, size = 1): CorpusFile => {
  const { title, sections } = makeStory(random, { tongue, size, kinds: ["list", "table", "code"], nested: true });
  // Chapters with the sections below them; some say their name in the contents alone.
  const chapters: { readonly file: string; readonly isNamedOutside: boolean; readonly sections: Section[] }[] = [];
  for (const section of sections) {
    if (section.level === 3) chapters.at(-1)?.sections.push(section);
    else {
      const isNamedOutside = random.chance(0.2);
      chapters.push({ file: `c${(chapters.length * 7 + 4) % 997}.xhtml`, isNamedOutside, sections: [section] });
    }
  }
  const isOld = random.chance(0.4);
  const truth: Truth[] = sections.flatMap(({ heading, path, body }) => [
    { kind: "heading" as const, text: heading, path: path.slice(1) },
    ...body.map((each) => ({ kind: each.kind, text: bodyText(each), path: path.slice(1) })),
  ]);
  const page = (inner: string): Buffer =>
    Buffer.from(
      `<?xml version="1.0" encoding="utf-8"?>\n<html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body>${inner}</body></html>`,
    );
  const pages = chapters.map(({ file, isNamedOutside, sections }) => {
    const inner = sections.map(({ heading, level, body }, at) => {
      const tag = `h${level - 1}`;
      const head = isNamedOutside && at === 0 ? "" : `<${tag}>${escaped(heading)}</${tag}>`;
      return head + body.map(htmlOf).join("\n");
    });
    return [`OEBPS/${file}`, page(inner.join("\n"))] as const;
  });
  const link = (file: string, heading: string): string => `<li><a href="${file}">${escaped(heading)}</a></li>`;
  const contents = chapters.map(({ file, sections }) => ({ file, heading: sections[0]?.heading ?? "" }));
  const navigation = isOld
    ? `<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap>${contents
        .map(
          ({ file, heading }, at) =>
            `<navPoint id="n${at}"><navLabel><text>${escaped(heading)}</text></navLabel><content src="${file}"/></navPoint>`,
        )
        .join("")}</navMap></ncx>`
    : `<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><body><nav epub:type="toc"><ol>${contents.map(({ file, heading }) => link(file, heading)).join("")}</ol></nav></body></html>`;
  const items = [
    ...chapters
      .map(({ file }, at) => `<item id="c${at}" href="${file}" media-type="application/xhtml+xml"/>`)
      .toReversed(),
    isOld
      ? '<item id="toc" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
      : '<item id="toc" href="toc.xhtml" media-type="application/xhtml+xml" properties="nav"/>',
  ];
  const spine = chapters.map((_, at) => `<itemref idref="c${at}"/>`).join("");
  const book = `<package xmlns="http://www.idpf.org/2007/opf" version="${isOld ? "2.0" : "3.0"}"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>${escaped(title)}</dc:title></metadata><manifest>${items.join("")}</manifest><spine>${spine}</spine></package>`;
  const bytes = zip({
    mimetype: Buffer.from("application/epub+zip"),
    "META-INF/container.xml": Buffer.from(
      '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles><rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>',
    ),
    "OEBPS/book.opf": Buffer.from(book),
    [isOld ? "OEBPS/toc.ncx" : "OEBPS/toc.xhtml"]: Buffer.from(navigation),
    ...Object.fromEntries(pages.toReversed()),
  });
  return { name: "book.epub", format: "epub", bytes, pageCount: null, truth };
};
