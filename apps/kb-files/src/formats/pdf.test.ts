import PdfWriter from "pdfkit";
import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { findTesseract } from "../ocr.ts";
import { inReadingOrder } from "./pdf-columns.ts";
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

describe("columns", () => {
  const starts = {
    ru: Array.from({ length: 9 }, (_, index) => `Абзац ${index + 1}. Ветер измеряют анемометром`),
    en: Array.from({ length: 9 }, (_, index) => `Paragraph ${index + 1}. The anemometer stands`),
  };

  test.each(["ru", "en"] as const)("%s, set by LibreOffice: down one column, then the other", async (language) => {
    const { blocks } = await parsePdf(await fixture(`columns-${language}.pdf`), "columns.pdf");
    const paragraphs = blocks.slice(1, -1).map((block) => block.text);
    expect(blocks[0]?.kind).toBe("heading");
    expect(paragraphs.map((text, index) => text.slice(0, starts[language][index]?.length))).toEqual(starts[language]);
    // Whole paragraphs, the one that runs over to the next column too: all nine say the same.
    expect(new Set(paragraphs.map((text) => text.replace(/^\S+ \d+\. /, "").replaceAll("-", ""))).size).toBe(1);
    expect(blocks.at(-1)?.text).toMatch(/^(Строка во всю ширину|A line of the full width)/);
  });

  test.each([
    ["ru", /^Ветер измеряют .* облаков\.$/, /^Термометр защищён .* в сутки\.$/],
    ["en", /^The anemometer stands .* storm\.$/, /^A white box .* a day\.$/],
  ] as const)("%s, written row by row: the rows are parted at the gap", async (language, left, right) => {
    const { blocks } = await parsePdf(await fixture(`rows-${language}.pdf`), "rows.pdf");
    expect(blocks).toHaveLength(3);
    expect(blocks[1]?.text).toMatch(left);
    expect(blocks[2]?.text).toMatch(right);
  });

  const prose = (side: "left" | "right", row: number, more: Partial<PdfLine> = {}): PdfLine => {
    const [left, right] = side === "left" ? [50, 280] : [310, 540];
    return line(`${side} ${row}`, 700 - row * 14, { left, right, ...more });
  };
  const ordered = (lines: readonly PdfLine[]): string[] =>
    inReadingOrder(page(1, lines)).lines.map((each) => each.text);
  const rows = [0, 1, 2, 3, 4, 5];

  test("rows of two columns, between lines of full width", () => {
    const above = line("title", 740);
    const below = line("summary", 500);
    const mixed = [above, ...rows.flatMap((row) => [prose("left", row), prose("right", row)]), below];
    expect(ordered(mixed)).toEqual([
      "title",
      ...rows.map((row) => `left ${row}`),
      ...rows.map((row) => `right ${row}`),
      "summary",
    ]);
  });

  test("short cells side by side are a table, and stay row by row", () => {
    const cells = rows.flatMap((row) => [prose("left", row, { right: 110 }), prose("right", row, { right: 350 })]);
    expect(ordered(cells)).toEqual(cells.map((cell) => cell.text));
  });

  test("one column stays as it is", () => {
    const lines = rows.map((row) => line(`line ${row}`, 700 - row * 14));
    expect(inReadingOrder(page(1, lines)).lines).toEqual(lines);
  });
});

describe("a book's left and right pages", () => {
  test("their own headers, and page numbers outside, are dropped", async () => {
    const { blocks } = await parsePdf(await fixture("book-ru.pdf"), "book-ru.pdf");
    expect(blocks.map(({ text, page }) => [text.split(" ").slice(0, 3).join(" "), page])).toEqual(
      ["один", "два", "три", "четыре", "пять", "шесть", "семь"].map((word, index) => [
        `Страница ${word} рассказывает`,
        index + 1,
      ]),
    );
  });
});

describe("scanned pages", () => {
  test("beside text, without recognition: one warning names them", async () => {
    const { blocks, warnings } = await parsePdf(await fixture("mixed-ru.pdf"), "mixed-ru.pdf");
    expect(blocks.map(({ page }) => page)).toEqual([1]);
    expect(warnings).toEqual([
      { code: "part_unreadable", page: 2, message: expect.stringMatching(/^Page\(s\) 2–3 of "mixed-ru\.pdf"/) },
    ]);
  });

  test("asked for and not installed: ocr_unavailable", async () => {
    await expect(
      parsePdf(await fixture("mixed-ru.pdf"), "mixed-ru.pdf", { tesseractPath: null }),
    ).rejects.toMatchObject({
      code: "ocr_unavailable",
      message: expect.stringMatching(/tesseract with its rus and eng data/),
    });
  });

  test.runIf(findTesseract().tesseractPath !== null)(
    "recognized, page by page",
    async () => {
      const { blocks, warnings } = await parsePdf(await fixture("mixed-ru.pdf"), "mixed-ru.pdf", findTesseract());
      expect(warnings).toEqual([]);
      expect(blocks.map(({ page }) => page)).toEqual([1, 2, 3]);
      expect(blocks[1]?.text).toMatch(/Акт приёмки оборудования.*Насос установлен и проверен/);
    },
    60_000,
  );
});

describe("a protected file", () => {
  const written = async (): Promise<Buffer> => {
    const pdf = new PdfWriter({ userPassword: "open sesame", ownerPassword: "mine" });
    pdf.text("Behind the door stands a table.");
    pdf.end();
    return Buffer.concat(await Array.fromAsync(pdf as AsyncIterable<Buffer>));
  };

  test("is read with its password, and says so without it or with another", async () => {
    const bytes = await written();
    const { blocks } = await parsePdf(bytes, "a.pdf", undefined, "open sesame");
    expect(blocks.map(({ text }) => text)).toEqual(["Behind the door stands a table."]);
    await expect(parsePdf(bytes, "a.pdf")).rejects.toMatchObject({ code: "password_required" });
    await expect(parsePdf(bytes, "a.pdf", undefined, "open")).rejects.toThrow(/another password/);
  });
});

const line = (text: string, bottom: number, more: Partial<PdfLine> = {}): PdfLine => ({
  text,
  left: 50,
  right: 550,
  bottom,
  top: bottom + 12,
  ...more,
});
const page = (number: number, lines: readonly PdfLine[]): PdfPage => ({
  number,
  width: 600,
  height: 800,
  lines,
  shows: "text",
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
