import { describe, expect, test } from "vitest";
import { parseRtf } from "./rtf.ts";

const read = async (rtf: string) => (await parseRtf(Buffer.from(rtf, "latin1"), "a.rtf")).blocks;
const texts = async (rtf: string): Promise<string[]> => (await read(rtf)).map(({ text }) => text);

describe("characters", () => {
  test("bytes in the document's code page, and in a font's own", async () => {
    expect(await texts("{\\rtf1\\ansi\\ansicpg1251 \\'cf\\'f0\\'e8\\'e2\\'e5\\'f2}")).toEqual(["Привет"]);
    expect(
      await texts(
        "{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0\\fcharset0 A;}{\\f1\\fcharset204 B;}}\\f1 \\'cc\\'e8\\'f0\\f0  caf\\'e9}",
      ),
    ).toEqual(["Мир café"]);
  });

  test("plain bytes above ASCII, as some programs write them", async () => {
    expect(await texts("{\\rtf1\\ansicpg1251 \xcc\xe8\xf0}")).toEqual(["Мир"]);
  });

  test("\\u with one substitute, several, or none; pairs; negative numbers", async () => {
    expect(await texts("{\\rtf1\\u1052?\\u1080\\'3f\\u1088?!}")).toEqual(["Мир!"]);
    expect(await texts("{\\rtf1\\uc0\\u1052\\u1080\\u1088 \\uc2\\u-10179??\\u-8704??.}")).toEqual(["Мир😀."]);
  });

  test("escaped signs, dashes and quotes by name", async () => {
    expect(await texts("{\\rtf1 a\\{b\\}\\\\c\\~d\\emdash\\ldblquote e\\rdblquote}")).toEqual(["a{b}\\c\u00a0d—“e”"]);
  });
});

describe("structure", () => {
  test("styles and outline levels are headings, below a title", async () => {
    const blocks = await read(
      "{\\rtf1{\\stylesheet{\\s1 heading 1;}{\\s5 Title;}{\\*\\cs9 Other;}}\\pard\\s5 Book\\par\\pard\\s1 One\\par\\pard text\\par\\pard\\outlinelevel1 Two\\par}",
    );
    expect(blocks).toEqual([
      { kind: "heading", text: "Book", level: 1 },
      { kind: "heading", text: "One", level: 2 },
      { kind: "text", text: "text" },
      { kind: "heading", text: "Two", level: 3 },
    ]);
  });

  test("a table between paragraphs", async () => {
    const row = (a: string, b: string): string => `\\trowd\\pard\\intbl ${a}\\cell ${b}\\cell\\row `;
    expect(await texts(`{\\rtf1 before\\par ${row("a", "b")}${row("1", "2")}\\pard after\\par}`)).toEqual([
      "before",
      "| a | b |\n| --- | --- |\n| 1 | 2 |",
      "after",
    ]);
  });

  test("headers, pictures, field codes, hidden and optional groups are no text; a field's result is", async () => {
    expect(
      await texts(
        "{\\rtf1{\\header top}{\\pict\\bin3 {}}x}{\\*\\unknown no}a{\\v hidden}{\\field{\\*\\fldinst HYPERLINK}{\\fldrslt link}}\\par}",
      ),
    ).toEqual(["alink"]);
  });
});

describe("hostile files", () => {
  test("groups without end, cut short, nothing inside", async () => {
    await expect(read(`{\\rtf1${"{".repeat(100_000)}`)).rejects.toMatchObject({ code: "file_corrupt" });
    await expect(read("{\\rtf1 text")).rejects.toMatchObject({ code: "file_corrupt" });
    expect(await read("{\\rtf1}}}}}text")).toEqual([]);
    expect(await read("{\\rtf1\\bin99999999999 text}").catch((error: unknown) => error)).toMatchObject({
      code: "file_corrupt",
    });
  });
});
