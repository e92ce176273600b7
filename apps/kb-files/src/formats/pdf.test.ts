import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { joinHyphens } from "./pdf-hyphens.ts";
import { bodyLineHeight, pageBlocks, withoutRunningLines } from "./pdf-layout.ts";
import { parsePdf } from "./pdf.ts";
import type { PdfLine, PdfPage } from "./pdfium.ts";

const fixture = (name: string): Promise<Buffer> => readFile(new URL(`../../test/fixtures/${name}`, import.meta.url));

describe("real files", () => {
  test("Russian, four pages: headings, paragraphs, pages; no running header or footer", async () => {
    const { pageCount, blocks } = await parsePdf(await fixture("report-ru.pdf"), "report-ru.pdf");
    expect(pageCount).toBe(4);
    expect(blocks.filter((block) => block.kind === "heading").map(({ text, page }) => [text, page])).toEqual([
      ["1. Введение", 1],
      ["2. Методика", 2],
      ["3. Результаты", 3],
      ["4. Выводы", 4],
    ]);
    expect(blocks.filter((block) => block.page === 2 && block.kind === "text").map((block) => block.text)).toEqual([
      "Измерения выполняются в шесть часов утра и в шесть часов вечера. Анемометр стоит на мачте высотой десять метров.",
      "Второй абзац страницы начинается с новой строки и описывает приборы: анемометр, барометр и термометр, установленные на одной мачте.",
    ]);
    expect(JSON.stringify(blocks)).not.toMatch(/Технический отчёт|из 4/);
  });

  test("English, lists; an owner password does not matter", async () => {
    for (const name of ["manual-en.pdf", "owner-password.pdf"]) {
      const { blocks } = await parsePdf(await fixture(name), name);
      expect(blocks.slice(3, 6)).toEqual([
        { kind: "heading", text: "Maintenance", level: 1, page: 2 },
        {
          kind: "text",
          text: "Grease the slewing ring every two hundred hours. Replace the rope when six wires are broken in one lay length.",
          page: 2,
        },
        { kind: "list", text: "- first item of the list\n- second item of the list", page: 2 },
      ]);
    }
  });
});

const line = (text: string, bottom: number, more: Partial<PdfLine> = {}): PdfLine => ({
  text,
  left: 50,
  right: 550,
  bottom,
  lastBottom: bottom,
  top: bottom + 12,
  ...more,
});
const page = (number: number, lines: readonly PdfLine[]): PdfPage => ({
  number,
  width: 600,
  height: 800,
  lines,
  hasPicture: false,
});
const texts = (lines: readonly PdfLine[]): string[] => pageBlocks(page(1, lines), 12).map((block) => block.text);

describe("layout", () => {
  test("a wider gap, an indent or a short last line ends a paragraph", () => {
    expect(texts([line("a", 700), line("b", 686), line("c", 660)])).toEqual(["a b", "c"]);
    expect(texts([line("a", 700), line("b", 686), line("c", 672, { left: 70 })])).toEqual(["a b", "c"]);
    expect(texts([line("a", 700), line("end.", 686, { right: 200 }), line("Next", 672)])).toEqual(["a end.", "Next"]);
  });

  test("a sentence goes on in the next column", () => {
    expect(texts([line("begun", 100), line("and ended", 700, { left: 300 })])).toEqual(["begun and ended"]);
    expect(texts([line("Ended.", 100), line("Another", 700, { left: 300 })])).toEqual(["Ended.", "Another"]);
  });

  test("a dash inside a sentence is no list item", () => {
    expect(texts([line("Москва", 700), line("— столица", 686)])).toEqual(["Москва — столица"]);
  });

  test("body height is what most letters have", () => {
    expect(bodyLineHeight([page(1, [line("Big", 700, { top: 730 }), line("longer body text", 600)])])).toBe(12);
    expect(bodyLineHeight([])).toBe(0);
  });

  test("running lines go only where they recur at the page's edge", () => {
    const pages = [1, 2, 3].map((number) =>
      page(number, [
        line("Отчёт", 770),
        line("same words", 400),
        line(`стр. ${number}`, 20),
        line(`own ${"abc".charAt(number - 1)}`, 40),
      ]),
    );
    expect(withoutRunningLines(pages).map(({ lines }) => lines.map(({ text }) => text))).toEqual([
      ["same words", "own a"],
      ["same words", "own b"],
      ["same words", "own c"],
    ]);
    expect(withoutRunningLines(pages.slice(0, 2))).toEqual(pages.slice(0, 2));
  });
});

describe("hyphens at line ends", () => {
  const join = (...lines: string[]) =>
    joinHyphens(lines.map((text) => ({ kind: "text", text }) as const)).map(({ text }) => text);

  test("a divided word is joined", () => {
    expect(join("вы\ufffeполняются и mea\u0002sured")).toEqual(["выполняются и measured"]);
  });

  test("a compound keeps its hyphen", () => {
    expect(join("северо\ufffeзападный ветер", "Северо-западный ветер")[0]).toBe("северо-западный ветер");
    expect(join("кто\ufffeто, кое\ufffeкак, по\ufffeрусски, Санкт\ufffeПетербург")).toEqual([
      "кто-то, кое-как, по-русски, Санкт-Петербург",
    ]);
  });
});
