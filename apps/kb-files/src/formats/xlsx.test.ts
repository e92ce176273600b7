import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { zip } from "../testing/zip.ts";
import { parseXlsx } from "./xlsx.ts";

const fixture = (name: string) => readFile(new URL(`../../test/fixtures/${name}`, import.meta.url));

/** A workbook of one sheet, as the smallest programs write it. */
const workbook = (sheetXml: string, parts: Readonly<Record<string, string>> = {}): Buffer =>
  zip(
    Object.fromEntries(
      Object.entries({
        "_rels/.rels":
          '<Relationships><Relationship Id="r1" Type="x/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": '<workbook xmlns:r="x"><sheets><sheet name="Лист" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels":
          '<Relationships><Relationship Id="r1" Type="x/worksheet" Target="worksheets/s.xml"/></Relationships>',
        "xl/worksheets/s.xml": `<worksheet><sheetData>${sheetXml}</sheetData></worksheet>`,
        ...parts,
      }).map(([name, xml]) => [name, Buffer.from(xml)]),
    ),
  );

const cell = (text: string) => `<c t="inlineStr"><is><t>${text}</t></is></c>`;

test("Russian price list: titles, header, formats, merged group, an empty row, a hidden and an empty sheet", async () => {
  const { blocks, pageCount } = await parseXlsx(await fixture("price-ru.xlsx"), "price-ru.xlsx");
  expect(pageCount).toBeNull();
  expect(blocks).toEqual([
    { kind: "heading", level: 1, text: "Прайс-лист", sheet: "Прайс-лист" },
    { kind: "text", text: "Прайс-лист ООО «Ромашка»", sheet: "Прайс-лист", rowFrom: 1, rowTo: 1 },
    { kind: "text", text: "действует с 1 декабря 2026 г.", sheet: "Прайс-лист", rowFrom: 2, rowTo: 2 },
    {
      kind: "table",
      sheet: "Прайс-лист",
      rowFrom: 4,
      rowTo: 9,
      rowNumbers: [4, 5, 6, 7, 9],
      text: [
        "| Группа | Товар | Цена | Скидка | Дата поставки | Сумма |",
        "| --- | --- | --- | --- | --- | --- |",
        "| Крепёж | Болт М8 \\| оцинкованный | 12.50 ₽ | 10% | 23.11.2026 | 11.25 ₽ |",
        "| Крепёж | Гайка М8 | 3.00 ₽ | 0% | 01.12.2026 | 3.00 ₽ |",
        "| Крепёж | Шайба плоская | 0.76 ₽ | 26% | 15 января 2027 | 0.56 ₽ |",
        "| Инструмент | Молоток | 1250.00 ₽ | 0% | 02.02.2027 | 1250.00 ₽ |",
      ].join("\n"),
    },
    { kind: "heading", level: 1, text: "Отделы и люди", sheet: "Отделы и люди" },
    {
      kind: "table",
      sheet: "Отделы и люди",
      rowFrom: 2,
      rowTo: 4,
      text: "| Отдел | 2025 | 2026 |\n| --- | --- | --- |\n| Отдел продаж | 14 | 17 |\n| Склад | TRUE | #DIV/0! |",
    },
  ]);
});

test("English figures: no header, a wide sheet, times since 1904", async () => {
  const { blocks } = await parseXlsx(await fixture("figures-en.xlsx"), "figures-en.xlsx");
  const textOf = (sheet: string) => blocks.filter((block) => block.sheet === sheet).map((block) => block.text);
  expect(textOf("Sensors")[1]).toBe(
    "| A | B | C |\n| --- | --- | --- |\n| 1 | 20.5 | ok |\n| 2 | 21.5 | ok |\n| 3 | 22.5 | ok |",
  );
  expect(textOf("Wide")[1]).toMatch(/^Field 1: value 1\nField 8: value 8\n[\s\S]*Field 57: value 57$/);
  expect(textOf("Times")[1]).toContain("| Start | 2026-11-23 14:05:09 | 36:00 | 6:00 PM |");
  expect(textOf("Times")[1]).toContain("| Stop | November 24, 2026 | 360:00 | 12:00 |");
});

test("50,000 rows: every row once, in order, in blocks that know their rows", async () => {
  const rows = Array.from(
    { length: 50_000 },
    (_, at) => `<row>${cell(`Товар ${at + 2}`)}<c><v>${at * 3}</v></c></row>`,
  );
  const bytes = workbook(`<row>${cell("Имя")}${cell("Цена")}</row>${rows.join("")}`);
  const before = process.memoryUsage().rss;
  const { blocks } = await parseXlsx(bytes, "big.xlsx");
  expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1024 * 1024);
  let next = 2;
  for (const block of blocks.slice(1)) {
    const held = [...block.text.matchAll(/^\| Товар (\d+) \|/gmu)].map((match) => Number(match[1]));
    expect([held[0], block.rowTo]).toEqual([next, held.at(-1)]);
    next = (block.rowTo ?? 0) + 1;
    if (block !== blocks[1]) expect(block).toMatchObject({ tableHeader: "| Имя | Цена |\n| --- | --- |" });
  }
  expect(next).toBe(50_002);
}, 60_000);

test("shared strings, phonetic guides, formulas without results, gaps between cells", async () => {
  const bytes = workbook(
    `<row r="3"><c r="B3" t="s"><v>1</v></c><c r="D3" t="s"><v>0</v></c></row>
     <row r="4"><c r="B4"><f>SUM(A1:A2)</f></c><c r="D4" t="b"><v>0</v></c></row>`,
    {
      "xl/_rels/workbook.xml.rels": `<Relationships>
        <Relationship Id="r1" Type="x/worksheet" Target="/xl/worksheets/s.xml"/>
        <Relationship Id="r2" Type="x/sharedStrings" Target="strings.xml"/></Relationships>`,
      "xl/strings.xml":
        "<sst><si><t>東京</t><rPh><t>トウキョウ</t></rPh></si><si><r><t>Итого </t></r><r><t>&lt;всё&gt;</t></r></si></sst>",
    },
  );
  expect((await parseXlsx(bytes, "a.xlsx")).blocks[1]).toMatchObject({
    text: "| Итого <всё> |  | 東京 |\n| --- | --- | --- |\n| =SUM(A1:A2) |  | FALSE |",
    rowFrom: 3,
    rowTo: 4,
  });
});

describe("hostile workbooks end with a code", () => {
  const entity = '<!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>';
  const cases: readonly (readonly [string, string, () => Buffer | Promise<Buffer>])[] = [
    ["cut short", "file_corrupt", async () => (await fixture("price-ru.xlsx")).subarray(0, 5_000)],
    ["a bomb", "file_bomb", () => workbook(`<row>${" ".repeat(60 * 1024 * 1024)}</row>`)],
    ["entities", "file_corrupt", () => workbook("", { "xl/worksheets/s.xml": `${entity}<worksheet>&b;</worksheet>` })],
    ["nested without end", "file_corrupt", () => workbook("<row>".repeat(5_000))],
    ["a column beyond Excel's", "file_corrupt", () => workbook('<row r="1"><c r="ZZZ1"><v>1</v></c></row>')],
    ["no sheets", "file_corrupt", () => workbook("", { "xl/workbook.xml": "<workbook/>" })],
  ];
  test.each(cases)("%s: %s", async (_, code, bytes) => {
    await expect(parseXlsx(await bytes(), "x.xlsx")).rejects.toMatchObject({ name: "PermanentError", code });
  });
});
