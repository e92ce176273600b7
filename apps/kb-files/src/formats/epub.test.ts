import { describe, expect, test } from "vitest";
import { zip } from "../testing/zip.ts";
import { parseEpub } from "./epub.ts";

const container = Buffer.from('<container><rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></container>');
const chapter = (body: string): Buffer =>
  Buffer.from(
    `<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body>${body}</body></html>`,
  );
const opf = (items: readonly (readonly [path: string, more?: string])[]): Buffer =>
  Buffer.from(
    `<package><manifest>${items.map(([path, more = 'media-type="application/xhtml+xml"'], at) => `<item id="i${at}" href="${path}" ${more}/>`).join("")}</manifest><spine>${items.map((_, at) => `<itemref idref="i${at}"/>`).join("")}</spine></package>`,
  );
const book = (files: Readonly<Record<string, Buffer>>): Buffer =>
  zip({ mimetype: Buffer.from("application/epub+zip"), "META-INF/container.xml": container, ...files });
const read = (files: Readonly<Record<string, Buffer>>) => parseEpub(book(files), "book.epub");
const xhtml = 'media-type="application/xhtml+xml"';

describe("chapters", () => {
  test("a heading that is written as a paragraph inside a chapter becomes one where it stands", async () => {
    const { blocks } = await read({
      "OPS/book.opf": opf([["nav.xhtml", `${xhtml} properties="nav"`], ["a.xhtml"]]),
      "OPS/nav.xhtml": chapter('<nav epub:type="toc"><ol><li><a href="a.xhtml#x">Часть вторая</a></li></ol></nav>'),
      "OPS/a.xhtml": chapter("<p>Вступление.</p><p>Часть вторая</p><p>Текст.</p>"),
    });
    expect(blocks).toEqual([
      { kind: "text", text: "Вступление." },
      { kind: "heading", text: "Часть вторая", level: 1 },
      { kind: "text", text: "Текст." },
    ]);
  });

  test("in the order of the spine, without the contents; names with spaces and Cyrillic", async () => {
    const { blocks, warnings } = await read({
      "OPS/book.opf": opf([
        ["nav.xhtml", `${xhtml} properties="nav"`],
        ["%D0%B2%D1%82%D0%BE%D1%80%D0%B0%D1%8F.xhtml"],
        ["text/first%20one.xhtml"],
      ]),
      "OPS/nav.xhtml": chapter(
        '<nav epub:type="toc"><ol><li><a href="text/first%20one.xhtml#a">Глава без заголовка</a></li></ol></nav>',
      ),
      "OPS/вторая.xhtml": chapter(
        "<h1>Вторая</h1><p>Текст второй главы.</p><table><tr><th>а</th><th>б</th></tr><tr><td>1</td><td>2</td></tr></table>",
      ),
      "OPS/text/first one.xhtml": chapter('<p>Текст первой<a epub:type="noteref" href="#n">1</a> главы.</p>'),
    });
    expect(warnings).toEqual([]);
    expect(blocks).toEqual([
      { kind: "heading", text: "Вторая", level: 1 },
      { kind: "text", text: "Текст второй главы." },
      { kind: "table", text: "| а | б |\n| --- | --- |\n| 1 | 2 |" },
      { kind: "heading", text: "Глава без заголовка", level: 1 },
      { kind: "text", text: "Текст первой главы." },
    ]);
  });

  test("EPUB 2: the names come from the NCX file", async () => {
    const { blocks } = await read({
      "OPS/book.opf": opf([["toc.ncx", 'media-type="application/x-dtbncx+xml"'], ["a.xhtml"]]),
      "OPS/toc.ncx": Buffer.from(
        '<ncx><navMap><navPoint><navLabel><text>Chapter one</text></navLabel><content src="a.xhtml"/></navPoint></navMap></ncx>',
      ),
      "OPS/a.xhtml": chapter("<p>Chapter one</p><p>It begins.</p>"),
    });
    expect(blocks.map(({ text }) => text)).toEqual(["Chapter one", "It begins."]);
  });

  test("a missing chapter is a warning", async () => {
    const { blocks, warnings } = await read({
      "OPS/book.opf": opf([["a.xhtml"], ["gone.xhtml"]]),
      "OPS/a.xhtml": chapter("<h1>A</h1>"),
    });
    expect(blocks).toHaveLength(1);
    expect(warnings).toEqual([{ code: "part_unreadable", message: expect.stringContaining("OPS/gone.xhtml") }]);
  });
});

describe("protected and damaged books", () => {
  const opfFile = { "OPS/book.opf": opf([["a.xhtml"]]), "OPS/a.xhtml": chapter("<p>x</p>") };
  const encryption = (algorithm: string) => ({
    "META-INF/encryption.xml": Buffer.from(`<encryption><EncryptionMethod Algorithm="${algorithm}"/></encryption>`),
  });

  test("DRM is a password; hidden fonts are not", async () => {
    await expect(
      read({ ...opfFile, ...encryption("http://www.w3.org/2001/04/xmlenc#aes128-cbc") }),
    ).rejects.toMatchObject({ code: "password_required" });
    expect((await read({ ...opfFile, ...encryption("http://www.idpf.org/2008/embedding") })).blocks).toHaveLength(1);
  });

  test("no list of chapters", async () => {
    await expect(read({})).rejects.toMatchObject({ code: "file_corrupt" });
    await expect(read({ "OPS/book.opf": Buffer.from("<package") })).rejects.toMatchObject({ code: "file_corrupt" });
  });
});
