import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeFileName, storageName } from "./file-name.ts";

/** What the multipart parser hands over: the header's bytes read as Latin-1. */
const asHeader = (name: string): string => Buffer.from(name, "utf8").toString("latin1");

describe("decodeFileName", () => {
  test.each([
    ["plain ASCII", "report.pdf", "report.pdf"],
    ["UTF-8", asHeader("Договор поставки №5.docx"), "Договор поставки №5.docx"],
    ["UTF-8 mistaken for Latin-1 by the sender", asHeader(asHeader("Отчёт.pdf")), "Отчёт.pdf"],
    ["an RFC 5987 value that is already decoded", "Счёт €.pdf", "Счёт €.pdf"],
    ["Windows-1251", "\u00d3\u00f1\u00f2\u00e0\u00e2.txt", "Устав.txt"],
    ["Latin-1 with lone accents", "r\u00e9sum\u00e9.pdf", "résumé.pdf"],
    ["NFD as macOS sends it", asHeader("Юрий.txt".normalize("NFD")), "Юрий.txt".normalize("NFC")],
    ["a Windows path", asHeader("C:\\Документы\\план.md"), "план.md"],
    ["a path upwards", "../../etc/passwd", "passwd"],
    ["control and direction-changing characters", asHeader("a\u0000b\u202etxt.exe\n"), "abtxt.exe"],
    ["nothing", "", "file"],
    ["only a folder", "folder/", "file"],
  ])("%s", (_, raw, expected) => {
    expect(decodeFileName(raw)).toBe(expected);
  });

  test("a long name is cut and keeps its extension", () => {
    const name = decodeFileName(asHeader(`${"д".repeat(400)}.docx`));
    expect([...name]).toHaveLength(255);
    expect(name).toMatch(/д\.docx$/);
  });

  test("any Cyrillic name survives the trip through a header", () => {
    const letters = fc.string({
      unit: fc.constantFrom(..."абвгдеёжзийклмнопрстуфхцчшщъыьэюяАБЯ -_№"),
      minLength: 1,
      maxLength: 80,
    });
    fc.assert(
      fc.property(letters, (stem) => {
        const name = `${stem.trim()}я.txt`;
        expect(decodeFileName(asHeader(name))).toBe(name);
      }),
    );
  });

  test("whatever comes in, the result is a bare, printable, bounded name", () => {
    const bytes = fc.uint8Array({ maxLength: 400 }).map((array) => Buffer.from(array).toString("latin1"));
    const decoded = fc.string({ unit: "grapheme-composite", maxLength: 400 });
    fc.assert(
      fc.property(fc.oneof(bytes, decoded), (raw) => {
        const name = decodeFileName(raw);
        const length = [...name].length;
        return !/[/\\\p{Cc}]/u.test(name) && length > 0 && length <= 255;
      }),
    );
  });
});

test.each([
  ["Договор.DOCX", "original.docx"],
  ["архив.tar.gz", "original.gz"],
  ["без расширения", "original"],
  ["файл.доц", "original"],
  [".pdf", "original.pdf"],
])("storageName(%s) is %s", (name, expected) => {
  expect(storageName(name)).toBe(expected);
});
