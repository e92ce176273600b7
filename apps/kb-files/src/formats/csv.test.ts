import iconv from "iconv-lite";
import { expect, test } from "vitest";
import { parseFile } from "../extract-file.ts";
import { csvBlocks, findDelimiter } from "./csv.ts";

const parse = async (text: string | Buffer, name = "data.csv") => {
  const { format, blocks } = await parseFile(Buffer.from(text), name);
  return { format, blocks };
};

test.each([
  ["semicolons", ";"],
  ["commas", ","],
  ["tabs", "\t"],
  ["bars", "|"],
])("%s are found", async (_, delimiter) => {
  const text = [
    ["Имя", "Город"],
    ["Иванов", "Москва"],
    ["Petrova", "Kazan"],
  ]
    .map((row) => row.join(delimiter))
    .join("\r\n");
  expect((await parse(text)).blocks).toEqual([
    {
      kind: "table",
      text: "| Имя | Город |\n| --- | --- |\n| Иванов | Москва |\n| Petrova | Kazan |",
      rowFrom: 1,
      rowTo: 3,
    },
  ]);
});

test("quoted delimiters, quotes and line ends stay in their cell; a mark at the start is no name", async () => {
  const { blocks } = await parse('\ufeffname,note\n"Smith, J.","said ""no""\nand left"\n');
  expect(blocks).toMatchObject([
    { text: '| name | note |\n| --- | --- |\n| Smith, J. | said "no" and left |', rowFrom: 1, rowTo: 2 },
  ]);
});

test("windows-1251 with semicolons and decimal commas", async () => {
  const text = "Товар;Цена\r\nГвозди;12,50\r\nМолоток;1 250,00\r\n";
  const { blocks } = await parse(iconv.encode(text, "windows-1251"));
  expect(blocks[0]?.text).toContain("| Молоток | 1 250,00 |");
});

test("an empty line ends nothing; its row counts", async () => {
  const { blocks } = await parse("a;b\nx;1\n\ny;2\n");
  expect(blocks).toMatchObject([{ rowFrom: 1, rowTo: 4, rowNumbers: [1, 2, 4] }]);
});

test("one column: each row a passage of its own", async () => {
  expect((await parse("Письмо\nЗвонок\n")).blocks).toEqual([
    { kind: "text", text: "Письмо", rowFrom: 1, rowTo: 1 },
    { kind: "text", text: "Звонок", rowFrom: 2, rowTo: 2 },
  ]);
});

test("without the name a table must be plain to see", async () => {
  expect((await parse("a;b;c\n1;2;3\n4;5;6\n", "export.txt")).format).toBe("csv");
  expect((await parse("a\tb\n1\t2\n4\t5\n", "export")).format).toBe("csv");
  expect((await parse("Да, пришёл.\nНет, ушёл.\nЧто ж, ладно.\n", "стихи.txt")).format).toBe("text");
  expect((await parse("int a;\nint b;\nint c;\n", "code.txt")).format).toBe("text");
});

test("an open quote swallows the rest, and is not fatal", async () => {
  const { blocks } = await parse('a;b\n"x;1\ny;2\n');
  expect(blocks.map((block) => block.text).join("\n")).toContain("y;2");
});

test("pieces may end anywhere, also inside a quoted cell", async () => {
  const text = 'имя;заметка\n"а;б";"в\nг"\n' + 'д;"е ""ж"""\n'.repeat(20_000);
  const pieces = async function* (size: number) {
    for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
  };
  const whole = await Array.fromAsync(csvBlocks(pieces(text.length), ";"));
  expect(whole.at(-1)?.rowTo).toBe(20_002);
  expect(await Array.fromAsync(csvBlocks(pieces(1_009), ";"))).toEqual(whole);
});

test("a delimiter that nothing shows", () => {
  expect(findDelimiter("слово", true)).toBeUndefined();
  expect(findDelimiter("", true)).toBeUndefined();
});
