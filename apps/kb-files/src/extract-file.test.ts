import { readFile } from "node:fs/promises";
import iconv from "iconv-lite";
import { describe, expect, test } from "vitest";
import { extractFile, parseFile } from "./extract-file.ts";
import { zip } from "./testing/zip.ts";

const fixture = (name: string): Promise<Buffer> => readFile(new URL(`../test/fixtures/${name}`, import.meta.url));
const options = (fileName: string) => ({ fileName, maxTokens: 400, overlapTokens: 0 });

const random = (length: number): Buffer => {
  const bytes = Buffer.alloc(length);
  let state = 42;
  for (let at = 0; at < length; at += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[at] = state >>> 16;
  }
  return bytes;
};
const png = Buffer.from("89504e470d0a1a0a0000000d4948445200000001000000010806000000", "hex");
const exe = Buffer.concat([Buffer.from("MZ"), random(500)]);

describe("files that cannot be read", () => {
  const cases: readonly (readonly [name: string, code: string, bytes: () => Buffer | Promise<Buffer>, says: RegExp])[] =
    [
      ["empty.txt", "file_empty", () => Buffer.alloc(0), /empty \(0 bytes\)/],
      ["blank.txt", "file_no_text", () => Buffer.from(" \n\t\r\n"), /no text/],
      ["blank.html", "file_no_text", () => Buffer.from("<html><body><script>x</script></body></html>"), /no text/],
      ["script.html", "file_no_text", () => Buffer.from("<script>run('x')</script>\n<style>p { }</style>"), /no text/],
      ["scan.pdf", "file_no_text", () => fixture("scan.pdf"), /2 page\(s\) and no text/],
      ["password.pdf", "password_required", () => fixture("password.pdf"), /password/],
      ["password.docx", "password_required", () => fixture("password.docx"), /password/],
      ["legacy.doc", "file_unsupported", () => fixture("legacy.doc"), /\.docx or PDF/],
      [
        "cut.pdf",
        "file_corrupt",
        async () => (await fixture("report-ru.pdf")).subarray(0, 900),
        /damaged or cut short/,
      ],
      [
        "cut.docx",
        "file_corrupt",
        async () => (await fixture("contract-ru.docx")).subarray(0, 6_000),
        /damaged or cut short/,
      ],
      [
        "garbage.pdf",
        "file_corrupt",
        () => Buffer.concat([Buffer.from("%PDF-1.7\n"), random(3_000)]),
        /no readable PDF/,
      ],
      ["broken.docx", "file_corrupt", () => zip({ "word/document.xml": Buffer.from("<w:document><w:bo") }), /damaged/],
      ["picture.pdf", "file_mislabelled", () => png, /named \.pdf, but holds a picture/],
      ["program.docx", "file_mislabelled", () => exe, /named \.docx/],
      ["random.txt", "file_mislabelled", () => random(2_000), /binary data/],
      ["photo.png", "file_unsupported", () => png, /picture.*text recognition is off.*Supported are plain text/],
      ["random.bin", "file_unsupported", () => random(2_000), /binary data/],
      ["data.zip", "file_unsupported", () => zip({ "a.txt": Buffer.from("a") }), /ZIP/],
      [
        "bomb.docx",
        "file_bomb",
        () => zip({ "word/document.xml": Buffer.alloc(30 * 1024 * 1024, 32) }),
        /unpacks to more than/,
      ],
    ];

  test.each(cases)("%s → %s", async (name, code, bytes, says) => {
    const error: unknown = await extractFile(await bytes(), options(name)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "PermanentError", code });
    expect((error as Error).message).toMatch(says);
    expect((error as Error).message).toContain(`"${name}"`);
  });

  test("any cut of a file and any flipped bit ends as text or as a file's problem", async () => {
    for (const name of ["manual-en.pdf", "contract-ru.docx"]) {
      const whole = await fixture(name);
      for (let step = 1; step <= 5; step += 1) {
        const cut = whole.subarray(0, Math.floor((whole.length * step) / 6));
        const flipped = Buffer.from(whole);
        const at = (step * 7_919) % whole.length;
        flipped[at] = (flipped[at] ?? 0) ^ (1 << (step % 8));
        for (const bytes of [cut, flipped]) {
          await parseFile(bytes, name).catch((error: unknown) =>
            expect(error).toMatchObject({ name: "PermanentError" }),
          );
        }
      }
    }
  }, 30_000);

  test("a page nested without end is refused soon, not parsed for ever", async () => {
    const nested = Buffer.from(`<html>${"<div>".repeat(20_000)}x`);
    await expect(extractFile(nested, options("nested.html"))).rejects.toThrow(/nested deeper/);
  }, 30_000);
});

describe("what a file is, by its content", () => {
  const cases: readonly (readonly [name: string, format: string, bytes: () => Buffer | Promise<Buffer>])[] = [
    ["really-pdf.txt", "pdf", () => fixture("manual-en.pdf")],
    ["really-docx.pdf", "docx", () => fixture("contract-ru.docx")],
    ["really-html.md", "html", () => Buffer.from("<!DOCTYPE html><html><body><p>Привет</p></body></html>")],
    ["really-markdown.txt", "markdown", () => Buffer.from("# Title\n\nText with a [link](https://example.org).\n")],
    ["comment.txt", "text", () => Buffer.from("# not a heading, a comment\nvalue = 1\n")],
    ["notes.md", "markdown", () => Buffer.from("Просто текст.")],
    ["fragment.html", "html", () => Buffer.from("Привет, <b>мир</b><p>Абзац</p>")],
    ["no-extension", "text", () => iconv.encode("Привет, мир! Это обычный текст.", "windows-1251")],
    ["utf16.txt", "text", () => iconv.encode("Привет", "utf-16le", { addBOM: true })],
    ["table.csv", "csv", () => Buffer.from("a;b\n1;2\n")],
    ["feed.xml", "xml", () => Buffer.from('<?xml version="1.0"?><a><b>text</b></a>')],
  ];

  test.each(cases)("%s is %s", async (name, format, bytes) => {
    expect((await parseFile(await bytes(), name)).format).toBe(format);
  });
});

test("an HTML page in the encoding it declares", async () => {
  const html = '<html><head><meta charset="koi8-r"></head><body><p>Короткий текст</p></body></html>';
  expect((await extractFile(iconv.encode(html, "koi8-r"), options("page.html"))).text).toBe("Короткий текст");
});

test("from a PDF to chunks with pages and headings", async () => {
  const { text, chunks, language, pageCount } = await extractFile(
    await fixture("report-ru.pdf"),
    options("report-ru.pdf"),
  );
  const all = [];
  for await (const chunk of chunks) all.push(chunk);
  expect({ language, pageCount }).toEqual({ language: "russian", pageCount: 4 });
  expect(all.map((chunk) => [chunk.contextHeader, chunk.pageFrom, chunk.pageTo])).toEqual([
    ["report-ru.pdf › 1. Введение", 1, 1],
    ["report-ru.pdf › 2. Методика", 2, 2],
    ["report-ru.pdf › 3. Результаты", 3, 3],
    ["report-ru.pdf › 4. Выводы", 4, 4],
  ]);
  expect(all.map((chunk) => chunk.content).join("\n\n")).toBe(text);
});
