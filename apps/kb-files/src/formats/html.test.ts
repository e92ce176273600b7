import { describe, expect, test } from "vitest";
import { declaredCharset } from "./html-charset.ts";
import { parseHtml } from "./html.ts";

const blocks = (html: string) => parseHtml(html).blocks;
const prose = (topic: string): string =>
  `<p>${`Длинный абзац о том, что такое ${topic}, с подробностями, примерами и выводами для читателя. `.repeat(4)}</p>`;

test("an article without the page around it", () => {
  const html = `<!doctype html><html><head><title>Отпуск — Портал</title><style>p{}</style></head><body>
    <nav><a href="/">Главная</a><a href="/x">Каталог</a></nav><div class="sidebar"><a href="/a">Реклама</a></div>
    <article><h1>Отпуск</h1>${prose("отпуск")}<h2>Перенос</h2>${prose("перенос")}<script>alert(1)</script></article>
    <footer>© 2026 <a href="/c">Контакты</a></footer></body></html>`;
  const result = blocks(html);
  expect(result.filter((block) => block.kind === "heading")).toEqual([
    { kind: "heading", text: "Отпуск", level: 1 },
    { kind: "heading", text: "Перенос", level: 2 },
  ]);
  expect(result.filter((block) => block.kind === "text")).toHaveLength(2);
  expect(JSON.stringify(result)).not.toMatch(/Главная|Каталог|Реклама|alert|Контакты|p\{\}/);
});

test("a first heading that resembles the title is kept with all it says", () => {
  const html = `<html><head><title>Договор аренды</title></head><body>
    <h1>Договор аренды помещения № 17/2025</h1>${prose("аренда")}<h2>Плата</h2>${prose("плата")}</body></html>`;
  expect(blocks(html).filter((block) => block.kind === "heading")).toEqual([
    { kind: "heading", text: "Договор аренды помещения № 17/2025", level: 1 },
    { kind: "heading", text: "Плата", level: 2 },
  ]);
});

test("a short page is read whole, its title first", () => {
  expect(
    blocks("<html><head><title>Цены</title></head><body><p>Чай 340 руб.</p><nav>menu</nav></body></html>"),
  ).toEqual([
    { kind: "heading", text: "Цены", level: 1 },
    { kind: "text", text: "Чай 340 руб." },
  ]);
});

test("a table is not lost to the article around it", () => {
  const rows = Array.from({ length: 6 }, (_, i) => `<tr><td>Товар ${i}</td><td>${i * 100}</td></tr>`).join("");
  const html = `<body><div>${prose("прайс")}</div><div class="widget"><table><tr><th>Имя</th><th>Цена</th></tr>${rows}</table></div></body>`;
  const table = blocks(html).find((block) => block.kind === "table");
  expect(table?.text.split("\n")).toHaveLength(8);
  expect(table?.text).toContain("| Товар 5 | 500 |");
});

test.each([
  "<body><p>a</p>",
  "<html><p>a</p>",
  "<!DOCTYPE html><title>t</title><p>a",
  "<html><head><title>t</title></head><p>a",
])("tags that HTML lets authors leave out: %s", (html) => {
  expect(blocks(html).at(-1)).toEqual({ kind: "text", text: "a" });
});

describe("structure", () => {
  test("lists, code, line breaks, definition lists", () => {
    const html = `<ul><li>one<ol start="3"><li>three</li></ol></li><li>two</li></ul><pre>
a
  b</pre><p>x<br>y  z</p><dl><dt>term</dt><dd>meaning</dd></dl>`;
    expect(blocks(html)).toEqual([
      { kind: "list", text: "- one\n  3. three\n- two" },
      { kind: "code", text: "a\n  b" },
      { kind: "text", text: "x\ny z" },
      { kind: "text", text: "term" },
      { kind: "text", text: "meaning" },
    ]);
  });

  test("cells: spans keep the columns, pipes are escaped, layout tables are text", () => {
    const html = `<table><caption>Итоги</caption><tr><th colspan="2">A</th><th>B</th></tr><tr><td>1</td><td>2</td><td>3|4</td></tr></table>
      <table><tr><td>only</td><td>one row</td></tr></table>`;
    expect(blocks(html)).toEqual([
      { kind: "text", text: "Итоги" },
      { kind: "table", text: "| A |  | B |\n| --- | --- | --- |\n| 1 | 2 | 3\\|4 |" },
      { kind: "text", text: "only one row" },
    ]);
  });

  test("a cell over several rows is in each of them; what would repeat without end is not", () => {
    const html = `<table><tr><th>Край</th><th>Город</th><th>Сумма</th></tr><tr><td rowspan="2">Север</td><td>Мурманск</td><td>1</td></tr>
      <tr><td>Апатиты</td><td>2</td></tr><tr><td>Юг</td><td>Сочи</td><td>3</td></tr></table>`;
    expect(blocks(html)[0]?.text.split("\n").slice(2)).toEqual([
      "| Север | Мурманск | 1 |",
      "| Север | Апатиты | 2 |",
      "| Юг | Сочи | 3 |",
    ]);
    const bomb = `<table><tr>${`<td rowspan=10000>${"слово ".repeat(200)}</td>`.repeat(20)}</tr>${"<tr><td>x".repeat(1_000)}</table>`;
    expect(blocks(bomb)[0]?.text.length).toBeLessThan(20 * bomb.length);
  });

  test("a list beside its item, as many programs write it", () => {
    expect(blocks("<ul><li>one</li><ul><li>inner</li></ul><li>two</li></ul>")).toEqual([
      { kind: "list", text: "- one\n  - inner\n- two" },
    ]);
  });

  test("hidden elements say nothing", () => {
    expect(blocks('<p hidden>a</p><p style="display: none">b</p><p aria-hidden="true">c</p><p>d</p>')).toEqual([
      { kind: "text", text: "d" },
    ]);
  });
});

test("the declared encoding, in both spellings", () => {
  expect(declaredCharset(Buffer.from('<meta charset="windows-1251">'))).toBe("windows-1251");
  expect(declaredCharset(Buffer.from('<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">'))).toBe(
    "koi8-r",
  );
  expect(declaredCharset(Buffer.from("<p>charset=x</p>"))).toBeUndefined();
});
