import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { parseDocx } from "./docx.ts";

test("headings under the title, a table, a nested list", async () => {
  const bytes = await readFile(new URL("../../test/fixtures/contract-ru.docx", import.meta.url));
  expect(await parseDocx(bytes, "contract-ru.docx")).toEqual({
    pageCount: null,
    blocks: [
      { kind: "heading", text: "Договор поставки № 17", level: 1 },
      { kind: "heading", text: "Предмет договора", level: 2 },
      {
        kind: "text",
        text: "Поставщик, общество с ограниченной ответственностью «Ромашка», обязуется передать товар покупателю, акционерному обществу «Лютик».",
      },
      { kind: "heading", text: "Цена и порядок расчётов", level: 2 },
      { kind: "heading", text: "Цена", level: 3 },
      { kind: "text", text: "Цена указана в таблице." },
      {
        kind: "table",
        text: "| Товар | Количество | Цена, руб. |\n| --- | --- | --- |\n| Чай чёрный | 120 | 340 |\n| Кофе в зёрнах | 45 | 1 250 |",
      },
      { kind: "heading", text: "Порядок расчётов", level: 3 },
      { kind: "list", text: "- аванс 30 %\n- остаток после приёмки\n  - в течение пяти дней" },
    ],
  });
});
