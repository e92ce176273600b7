import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { zip } from "../testing/zip.ts";
import { parseOdt } from "./odt.ts";

const odt = (body: string, more: Readonly<Record<string, Buffer>> = {}) =>
  parseOdt(
    zip({
      mimetype: Buffer.from("application/vnd.oasis.opendocument.text"),
      "content.xml": Buffer.from(
        `<office:document-content><office:body><office:text>${body}</office:text></office:body></office:document-content>`,
      ),
      ...more,
    }),
    "a.odt",
  );

describe("text", () => {
  test("spaces, tabs and breaks; deleted text, comments and contents are left out", async () => {
    const { blocks } = await odt(
      "<text:tracked-changes><text:changed-region><text:deletion><text:p>gone</text:p></text:deletion></text:changed-region></text:tracked-changes>" +
        "<text:table-of-content><text:index-body><text:p>Contents</text:p></text:index-body></text:table-of-content>" +
        '<text:p>a<text:s text:c="2"/>b<text:tab/>c<text:line-break/>d<office:annotation><text:p>no</text:p></office:annotation></text:p>' +
        '<text:section text:display="none"><text:p>hidden</text:p></text:section>' +
        "<text:p><draw:frame><draw:text-box><text:p>framed</text:p></draw:text-box></draw:frame></text:p>",
    );
    expect(blocks.map(({ text }) => text)).toEqual(["a  b\tc\nd", "framed"]);
  });

  test("numbered headings inside lists are headings; spanned and repeated cells keep their columns", async () => {
    const { blocks } = await odt(
      '<text:list><text:list-item><text:h text:outline-level="2">Chapter</text:h></text:list-item></text:list>' +
        '<table:table><table:table-header-rows><table:table-row><table:table-cell table:number-columns-spanned="2"><text:p>a</text:p></table:table-cell><table:covered-table-cell/></table:table-row></table:table-header-rows>' +
        '<table:table-row><table:table-cell table:number-columns-repeated="2"><text:p>1</text:p></table:table-cell></table:table-row></table:table>',
    );
    expect(blocks).toEqual([
      { kind: "heading", text: "Chapter", level: 2 },
      { kind: "table", text: "| a |  |\n| --- | --- |\n| 1 | 1 |" },
    ]);
  });

  test("as LibreOffice writes what was HTML: headings as styled paragraphs, groups of rows, tables for layout", async () => {
    const p = (text: string): string => `<text:p>${text}</text:p>`;
    const cell = (inner: string, more = ""): string => `<table:table-cell ${more}>${inner}</table:table-cell>`;
    const row = (...cells: readonly string[]): string => `<table:table-row>${cells.join("")}</table:table-row>`;
    const table = (...rows: readonly string[]): string => `<table:table>${rows.join("")}</table:table>`;
    const { blocks } = await odt(
      '<text:p text:style-name="Heading_20_1">Отчёт</text:p>' +
        table(
          row(cell(p("Край")), cell(p("Город"))),
          row(cell(p("Север"), 'table:number-rows-spanned="2"'), cell(p("Мурманск"))),
          row("<table:covered-table-cell/>", cell(p("Апатиты"))),
          row(cell(p("Юг")), cell(p("Сочи"))),
        ) +
        table(row(cell(table(row(cell(p("а")), cell(p("б"))), row(cell(p("1")), cell(p("2"))))), cell(p("рядом")))),
    );
    expect(blocks).toEqual([
      { kind: "heading", text: "Отчёт", level: 1 },
      {
        kind: "table",
        text: "| Край | Город |\n| --- | --- |\n| Север | Мурманск |\n| Север | Апатиты |\n| Юг | Сочи |",
      },
      { kind: "table", text: "| а | б |\n| --- | --- |\n| 1 | 2 |" },
      { kind: "text", text: "рядом" },
    ]);
  });
});

describe("protected and hostile files", () => {
  test("a password, as LibreOffice sets it", async () => {
    const bytes = await readFile(new URL("../../test/fixtures/password.odt", import.meta.url));
    await expect(parseOdt(bytes, "password.odt")).rejects.toMatchObject({ code: "password_required" });
  });

  test("nesting, entities, and rows repeated without end", async () => {
    await expect(odt(`${"<text:section>".repeat(9_000)}${"</text:section>".repeat(9_000)}`)).rejects.toMatchObject({
      code: "file_corrupt",
    });
    await expect(odt("<text:p>&unknown;</text:p>")).rejects.toMatchObject({ code: "file_corrupt" });
    const wide =
      '<table:table-row><table:table-cell table:number-columns-repeated="1000000"><text:p>x</text:p></table:table-cell></table:table-row>';
    const { blocks } = await odt(`<table:table>${wide}${wide}</table:table>`);
    expect(blocks[0]?.text.length).toBeLessThan(2_000);
  });

  test("no content", async () => {
    await expect(odt("", { "content.xml": Buffer.from("<x/>") })).rejects.toMatchObject({ code: "file_corrupt" });
    await expect(parseOdt(zip({ a: Buffer.from("b") }), "a.odt")).rejects.toMatchObject({ code: "file_corrupt" });
  });
});
