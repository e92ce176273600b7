import { expect, test } from "vitest";
import { parseFile } from "../extract-file.ts";

const parse = async (value: unknown) => parseFile(Buffer.from(JSON.stringify(value)), "notebook.ipynb");

test("Markdown cells as Markdown, code and its printed results as code, pictures left out", async () => {
  const { format, blocks } = await parse({
    nbformat: 4,
    cells: [
      { cell_type: "markdown", source: ["# Анализ\n", "\n", "Первый **вывод**."] },
      {
        cell_type: "code",
        source: "print('да')",
        outputs: [
          { output_type: "stream", text: ["да\n"] },
          { output_type: "display_data", data: { "image/png": "AAAA" } },
          { output_type: "execute_result", data: { "text/plain": ["42"] } },
          { output_type: "error", ename: "ValueError", evalue: "bad", traceback: ["\u001b[31mtrace"] },
        ],
      },
      { cell_type: "raw", source: "" },
    ],
  });
  expect(format).toBe("ipynb");
  expect(blocks).toEqual([
    { kind: "heading", level: 1, text: "Анализ" },
    { kind: "text", text: "Первый вывод." },
    { kind: "code", text: "print('да')" },
    { kind: "code", text: "да\n" },
    { kind: "code", text: "42" },
    { kind: "code", text: "ValueError: bad" },
  ]);
});

test("a notebook of version 3, and a log that is cut", async () => {
  const { blocks } = await parse({
    nbformat: 3,
    worksheets: [
      {
        cells: [
          { cell_type: "heading", level: 2, source: "Title" },
          { cell_type: "code", input: "run()", outputs: [{ text: "epoch\n".repeat(5_000) }] },
        ],
      },
    ],
  });
  expect(blocks.slice(0, 2)).toEqual([
    { kind: "heading", level: 2, text: "Title" },
    { kind: "code", text: "run()" },
  ]);
  expect(blocks[2]?.text.length).toBeLessThan(5_000);
});

test("a damaged notebook is refused", async () => {
  await expect(parse({ nbformat: 4, cells: [{ source: 5 }] })).rejects.toThrow();
});
