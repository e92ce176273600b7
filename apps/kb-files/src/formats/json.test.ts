import { expect, test } from "vitest";
import { parseFile } from "../extract-file.ts";

const parse = async (value: unknown, name = "data.json") => {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const { format, blocks } = await parseFile(Buffer.from(text), name);
  return { format, blocks };
};

test("keys that hold much are headings, small ones lines with their path", async () => {
  const { format, blocks } = await parse({
    название: "Ромашка",
    адрес: { город: "Казань", дом: 5 },
    tags: ["a", "b"],
    сотрудники: [
      { имя: "Иванов", должность: "инженер" },
      { имя: "Петрова", должность: "директор" },
    ],
    пустое: null,
  });
  expect(format).toBe("json");
  expect(blocks).toEqual([
    { kind: "text", text: "название: Ромашка\nадрес.город: Казань\nадрес.дом: 5\ntags: a, b\nпустое: " },
    { kind: "heading", level: 1, text: "сотрудники" },
    { kind: "table", text: "| имя | должность |\n| --- | --- |\n| Иванов | инженер |\n| Петрова | директор |" },
  ]);
});

test("a list of objects that hold more: each under its own name", async () => {
  const items = ["Первый", "Second"].map((title) => ({ title, body: { text: "слово ".repeat(80), more: [1, 2] } }));
  const { blocks } = await parse(items);
  expect(blocks.filter((block) => block.kind === "heading").map(({ text, level }) => [text, level])).toEqual([
    ["Первый", 1],
    ["body", 2],
    ["Second", 1],
    ["body", 2],
  ]);
});

test("JSON lines: rows of a table, other values in between, lines as row numbers", async () => {
  const lines = [
    '{"id":1,"имя":"Анна"}',
    '{"id":2,"имя":"Олег"}',
    "",
    '{"id":3,"deep":{"x":[1,{"y":2}]}}',
    '{"id":4,"имя":"Ира"}',
  ];
  const { format, blocks } = await parse(`${lines.join("\n")}\n`, "log.jsonl");
  expect(format).toBe("jsonl");
  expect(blocks).toEqual([
    {
      kind: "table",
      text: "| id | имя |\n| --- | --- |\n| 1 | Анна |\n| 2 | Олег |",
      rowFrom: 1,
      rowTo: 2,
      rowNumbers: [1, 1, 2],
    },
    { kind: "text", text: "id: 3\ndeep.x[1]: 1\ndeep.x[2].y: 2", rowFrom: 4, rowTo: 4 },
    { kind: "table", text: "| id | имя |\n| --- | --- |\n| 4 | Ира |", rowFrom: 5, rowTo: 5, rowNumbers: [5, 5] },
  ]);
});

test("a broken line is an error, not lost silently", async () => {
  await expect(parse('{"a":1,"b":2}\n{"a":3,"b":4}\n{"a":5,', "x.jsonl")).rejects.toThrow(/JSON/);
});

test("what only looks like JSON is read as text", async () => {
  expect((await parse("{name}, добрый день!\n\nПисьмо.", "letter.txt")).format).toBe("text");
  expect((await parse('{"a": 1,', "cut.json")).format).toBe("text");
});

test("nesting is limited", async () => {
  await expect(parse(`${'{"a":'.repeat(3_000)}1${"}".repeat(3_000)}`)).rejects.toThrow(/nested deeper/);
});

test("nothing of a large document is lost", async () => {
  const value = Object.fromEntries(
    Array.from({ length: 300 }, (_, at) => [`раздел ${at}`, { сведения: `значение ${at} `.repeat(40), число: at }]),
  );
  const text = (await parse(value)).blocks.map((block) => block.text).join("\n");
  for (let at = 0; at < 300; at += 1) expect(text).toContain(`значение ${at} значение`);
});
