import iconv from "iconv-lite";
import { expect, test } from "vitest";
import { parseFile } from "../extract-file.ts";

const parse = async (xml: string | Buffer, name = "data.xml") => {
  const { format, blocks } = await parseFile(Buffer.from(xml), name);
  return { format, blocks };
};

test("elements that hold others are headings, leaves are lines, attributes too", async () => {
  const { format, blocks } = await parse(`<?xml version="1.0"?>
    <каталог xmlns="urn:x">
      <товар id="17" цена="5"><имя>Болт &amp; гайка</имя><вес ед="кг">0,2</вес></товар>
      <товар id="18"><имя>Молоток</имя></товар>
      <итого>2</итого>
    </каталог>`);
  expect(format).toBe("xml");
  expect(blocks).toEqual([
    { kind: "heading", level: 1, text: "товар 17" },
    { kind: "text", text: "товар цена: 5\nимя: Болт & гайка\nвес ед: кг\nвес: 0,2" },
    { kind: "heading", level: 1, text: "товар 18" },
    { kind: "text", text: "имя: Молоток" },
    { kind: "text", text: "итого: 2" },
  ]);
});

test("CDATA is text, comments and instructions are not", async () => {
  const { blocks } = await parse("<a><!-- no --><?php no ?><b><![CDATA[x < y]]></b></a>");
  expect(blocks).toEqual([{ kind: "text", text: "b: x < y" }]);
});

test("the encoding that the file declares", async () => {
  const xml = '<?xml version="1.0" encoding="koi8-r"?><а><б>щи</б></а>';
  expect((await parse(iconv.encode(xml, "koi8-r"))).blocks[0]?.text).toBe("б: щи");
});

const declared = (dtd: string) => `<?xml version="1.0"?><!DOCTYPE a [${dtd}]><a>&x;</a>`;
test.each([
  ["an external entity", declared('<!ENTITY x SYSTEM "file:///etc/passwd">')],
  ["entities that grow", declared('<!ENTITY y "yyyyyyyyyy"><!ENTITY x "&y;&y;&y;&y;&y;&y;">')],
  ["nesting without end", `<?xml version="1.0"?>${"<a>".repeat(100_000)}`],
  ["a cut-off file", '<?xml version="1.0"?><a><b>text</b>'],
])("refused: %s", async (_, xml) => {
  await expect(parse(xml)).rejects.toThrow(/entity|nested deeper|unclosed/);
});

test("text with a tag in it is no XML", async () => {
  expect((await parse("<имя> — сюда имя", "шаблон.txt")).format).toBe("text");
});
