import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { sniff } from "./sniff.ts";
import { zip } from "./testing/zip.ts";

const fixture = (name: string): Promise<Buffer> => readFile(new URL(`../test/fixtures/${name}`, import.meta.url));

describe("the content says what a file is, whatever its name", () => {
  test.each([
    ["deck-ru.pptx", "pptx"],
    ["contract-ru.docx", "docx"],
    ["price-ru.xlsx", "xlsx"],
    ["manual-ru.odt", "odt"],
    ["manual-ru.epub", "epub"],
    ["manual-ru.rtf", "rtf"],
    ["letter-unicode.msg", "msg"],
    ["letter-cp1251.msg", "msg"],
    ["scan-ru.png", "image"],
    ["scan-en.tiff", "image"],
  ])("%s is %s", async (file, format) => {
    for (const name of ["wrong.txt", "wrong.pdf", "none"]) expect(await sniff(await fixture(file), name)).toBe(format);
  });

  test("an archive by its own declaration, not by what is packed inside it", async () => {
    const type = (main: string): Buffer =>
      Buffer.from(`<Types><Override PartName="/x" ContentType="application/vnd.${main}.main+xml"/></Types>`);
    const withEmbedded = (main: string): Buffer =>
      zip({
        "[Content_Types].xml": type(main),
        "word/document.xml": Buffer.from("x"),
        "xl/workbook.xml": Buffer.from("x"),
      });
    expect(await sniff(withEmbedded("openxmlformats-officedocument.presentationml.slideshow"), "a")).toBe("pptx");
    expect(await sniff(withEmbedded("ms-powerpoint.presentation.macroEnabled"), "a")).toBe("pptx");
    expect(await sniff(withEmbedded("openxmlformats-officedocument.wordprocessingml.template"), "a")).toBe("docx");
    expect(await sniff(withEmbedded("ms-excel.sheet.macroEnabled"), "a")).toBe("xlsx");
  });

  test("other OpenDocument files are named", async () => {
    const ods = zip({ mimetype: Buffer.from("application/vnd.oasis.opendocument.spreadsheet") });
    await expect(sniff(ods, "a.ods")).rejects.toMatchObject({
      code: "file_unsupported",
      message: expect.stringMatching(/spreadsheet/),
    });
  });

  test("a message with an old Word document attached is still a message", async () => {
    const message = await fixture("letter-unicode.msg");
    const attached = Buffer.concat([message, Buffer.from("WordDocument", "utf16le"), Buffer.alloc(512)]);
    expect(await sniff(attached, "a.msg")).toBe("msg");
    await expect(sniff(await fixture("legacy.doc"), "a.msg")).rejects.toMatchObject({
      message: expect.stringMatching(/old Word document/),
    });
  });
});

describe("mail is known by its header lines", () => {
  test.each([
    ["From: a@b\nTo: c@d\nSubject: e\n\ntext", "eml"],
    ["Received: from x\n by y\nReturn-Path: <a@b>\nDate: today\n\ntext", "eml"],
    ["From MAILER Mon\nFrom: a@b\nDate: today\nSubject: e\n\ntext", "eml"],
    ["Subject: notes\nDate: today\n\ntext", "text"],
    ["From: here to there.\nThe road is long.\nTo: the end\nSubject: none\n", "text"],
    ["Title: a\nAuthor: b\nDate: c\n\ntext", "text"],
  ])("%j is %s", async (text, format) => {
    expect(await sniff(Buffer.from(text), "a.txt")).toBe(format);
  });
});
