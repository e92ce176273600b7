import type { NewChunk } from "@gpt-agent/supabase/chunks";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Block } from "../block.ts";
import { assemble } from "./assemble.ts";
import { chunkDocument, type ChunkOptions } from "./chunk.ts";
import { loadTokenCounter } from "./tokens.ts";

const countTokens = await loadTokenCounter();
const defaults: ChunkOptions = {
  documentName: "doc",
  language: "simple",
  maxTokens: 60,
  overlapTokens: 0,
  countTokens,
};

const chunksOf = async (blocks: readonly Block[], options: Partial<ChunkOptions> = {}): Promise<NewChunk[]> =>
  collect(chunkDocument(assemble(blocks), { ...defaults, ...options }));

const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
};

const word = fc.constantFrom(
  "ветер",
  "мачта",
  "измеряет",
  "the",
  "crane",
  "lifts",
  "😀",
  "𝒳𝒴",
  "é",
  "и\u0306",
  "12,5",
  "東京都",
  "a-b",
);
const sentence = fc.array(word, { minLength: 1, maxLength: 25 }).map((words) => `${words.join(" ")}.`);
const paragraph = fc.array(sentence, { minLength: 1, maxLength: 5 }).map((sentences) => sentences.join(" "));
const tableText = fc
  .array(fc.tuple(word, word), { minLength: 2, maxLength: 20 })
  .map((rows) => ["| A | B |", "| --- | --- |", ...rows.map(([a, b]) => `| ${a} | ${b} |`)].join("\n"));
const body: fc.Arbitrary<Block> = fc.oneof(
  { weight: 5, arbitrary: paragraph.map((text) => ({ kind: "text", text }) as const) },
  { weight: 1, arbitrary: tableText.map((text) => ({ kind: "table", text }) as const) },
  { weight: 1, arbitrary: paragraph.map((text) => ({ kind: "code", text: text.replaceAll(". ", "\n\n") }) as const) },
  {
    weight: 1,
    arbitrary: fc
      .array(word, { minLength: 1 })
      .map((items) => ({ kind: "list", text: items.map((item) => `- ${item}`).join("\n") }) as const),
  },
);
const heading: fc.Arbitrary<Block> = fc.record({
  kind: fc.constant("heading" as const),
  text: sentence,
  level: fc.integer({ min: 1, max: 3 }),
});
const documents = fc.array(fc.oneof({ weight: 3, arbitrary: body }, { weight: 1, arbitrary: heading }), {
  minLength: 1,
  maxLength: 12,
});

describe("every document", { timeout: 30_000 }, () => {
  test("content is exactly its code point slice, in order, nothing lost, within the limit", async () => {
    await fc.assert(
      fc.asyncProperty(documents, fc.integer({ min: 20, max: 120 }), async (blocks, maxTokens) => {
        const { text } = assemble(blocks);
        const points = [...text];
        const chunks = await chunksOf(blocks, { maxTokens });
        let end = 0;
        chunks.forEach((chunk, index) => {
          expect(chunk.ordinal).toBe(index);
          expect(chunk.content).toBe(points.slice(chunk.charStart, chunk.charEnd).join(""));
          expect(points.slice(end, chunk.charStart).join("").trim()).toBe("");
          expect(chunk.charStart).toBeGreaterThanOrEqual(end);
          expect(countTokens(chunk.content)).toBeLessThanOrEqual(maxTokens);
          end = chunk.charEnd;
        });
        expect(points.slice(end).join("").trim()).toBe("");
        expect(text).toBe(text.normalize("NFC"));
      }),
      { numRuns: 60 },
    );
  });

  test("with overlap: still slices, each starts inside or after the one before, and covers all", async () => {
    await fc.assert(
      fc.asyncProperty(documents, fc.integer({ min: 1, max: 20 }), async (blocks, overlapTokens) => {
        const points = [...assemble(blocks).text];
        let end = 0;
        for (const chunk of await chunksOf(blocks, { overlapTokens })) {
          expect(chunk.content).toBe(points.slice(chunk.charStart, chunk.charEnd).join(""));
          expect(points.slice(end, chunk.charStart).join("").trim()).toBe("");
          expect(countTokens(chunk.content)).toBeLessThanOrEqual(defaults.maxTokens);
          end = chunk.charEnd;
        }
      }),
      { numRuns: 30 },
    );
  });

  test("an insertion in one section leaves the chunks of the others byte-identical", async () => {
    const section = fc.tuple(sentence, fc.array(body, { minLength: 1, maxLength: 4 }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(section, { minLength: 2, maxLength: 4 }),
        fc.nat(),
        fc.nat(),
        body,
        async (sections, at, place, added) => {
          const edited = at % sections.length;
          const blocksOf = ([title, blocks]: (typeof sections)[number], index: number): Block[] => [
            { kind: "heading", text: `${index} ${title}`, level: 1 },
            ...blocks,
          ];
          const after = sections.map(([title, blocks], index): (typeof sections)[number] =>
            index === edited ? [title, blocks.toSpliced(place % (blocks.length + 1), 0, added)] : [title, blocks],
          );
          const embeddedOutside = async (version: typeof sections): Promise<string[]> =>
            (await chunksOf(version.flatMap(blocksOf)))
              .filter((chunk) => !chunk.headingPath[0]?.startsWith(`${edited} `))
              .map((chunk) => `${chunk.contextHeader}\n${chunk.content}`);
          expect(await embeddedOutside(after)).toEqual(await embeddedOutside(sections));
        },
      ),
      { numRuns: 30 },
    );
  });
});

test("headings: the path, the breadcrumb, and the heading at the start of its first chunk", async () => {
  const chunks = await chunksOf([
    { kind: "text", text: "Before." },
    { kind: "heading", text: "Part", level: 1 },
    { kind: "heading", text: "Chapter", level: 2 },
    { kind: "text", text: "Body." },
    { kind: "heading", text: "Next", level: 1 },
    { kind: "text", text: "More." },
    { kind: "heading", text: "Empty", level: 2 },
  ]);
  expect(chunks.map(({ contextHeader, content }) => [contextHeader, content])).toEqual([
    ["doc", "Before."],
    ["doc › Part › Chapter", "Part\n\nChapter\n\nBody."],
    ["doc › Next", "Next\n\nMore."],
    ["doc › Next › Empty", "Empty"],
  ]);
  expect(chunks[1]?.headingPath).toEqual(["Part", "Chapter"]);
});

test("a split table repeats its header in the context, not in the content", async () => {
  const rows = Array.from({ length: 40 }, (_, index) => `| Товар ${index} | ${index * 10} |`);
  const table = ["| Имя | Цена |", "| --- | --- |", ...rows].join("\n");
  const chunks = await chunksOf([
    { kind: "heading", text: "Прайс", level: 1 },
    { kind: "table", text: table },
  ]);
  expect(chunks.length).toBeGreaterThan(5);
  expect(chunks.every((chunk) => chunk.kind === "table")).toBe(true);
  expect(chunks[0]?.content).toMatch(/^Прайс\n\n\| Имя \| Цена \|\n\| --- \| --- \|\n\| Товар 0 \|/);
  for (const chunk of chunks.slice(1)) {
    expect(chunk.contextHeader).toBe("doc › Прайс\n| Имя | Цена |\n| --- | --- |");
    expect(chunk.content).toMatch(/^\| Товар \d+ \| \d+ \|/);
  }
});

test("a split table's chunks say which rows of which sheet they hold", async () => {
  const rowNumbers = [3, ...Array.from({ length: 40 }, (_, index) => 5 + index * 2)];
  const rows = rowNumbers.slice(1).map((row) => `| Товар ${row} | ${row * 10} |`);
  const place = { sheet: "Прайс", rowFrom: 3, rowTo: 83 };
  const chunks = await chunksOf([
    { kind: "heading", text: "Прайс", level: 1, sheet: "Прайс" },
    { kind: "table", text: ["| Имя | Цена |", "| --- | --- |", ...rows].join("\n"), ...place, rowNumbers },
  ]);
  expect(chunks.length).toBeGreaterThan(5);
  for (const [index, chunk] of chunks.entries()) {
    const held = [...chunk.content.matchAll(/Товар (\d+)/gu)].map((match) => Number(match[1]));
    expect([chunk.sheet, chunk.rowFrom, chunk.rowTo]).toEqual(["Прайс", index === 0 ? 3 : held[0], held.at(-1)]);
  }
});

test("a table that goes on: rows alone, the header in every chunk's context", async () => {
  const rows = Array.from({ length: 40 }, (_, index) => `| ${index} | ${index * 10} |`);
  const chunks = await chunksOf([
    { kind: "table", text: rows.join("\n"), tableHeader: "| A | B |\n| --- | --- |", rowFrom: 101, rowTo: 140 },
  ]);
  expect(chunks.length).toBeGreaterThan(5);
  for (const { content, contextHeader, rowFrom, rowTo } of chunks) {
    const held = [...content.matchAll(/^\| (\d+)/gmu)].map((match) => Number(match[1]));
    expect(contextHeader).toBe("doc\n| A | B |\n| --- | --- |");
    expect([rowFrom, rowTo]).toEqual([101 + (held[0] ?? NaN), 101 + (held.at(-1) ?? NaN)]);
  }
});

test("a row put into a long table changes few chunks' content", async () => {
  const rows = Array.from({ length: 600 }, (_, index) => `| Товар ${index * 7919} | ${index} |`);
  const table = (all: readonly string[]): Block => ({
    kind: "table",
    text: ["| Имя | Цена |", "| --- | --- |", ...all].join("\n"),
  });
  const before = new Set((await chunksOf([table(rows)])).map(({ content }) => content));
  const after = await chunksOf([table(rows.toSpliced(200, 0, "| Новый товар | 1 |"))]);
  expect(before.size).toBeGreaterThan(100);
  expect(after.filter(({ content }) => !before.has(content)).length).toBeLessThanOrEqual(3);
});

test("an oversize paragraph splits after its sentences", async () => {
  const text = Array.from({ length: 30 }, (_, index) => `Предложение номер ${index} закончено.`).join(" ");
  const chunks = await chunksOf([{ kind: "text", text }]);
  expect(chunks.length).toBeGreaterThan(3);
  for (const chunk of chunks) expect(chunk.content).toMatch(/^Предложение .*закончено\.$/);
});

test("pages: a chunk says where it begins and ends", async () => {
  const chunks = await chunksOf([
    { kind: "text", text: "On one.", page: 1 },
    { kind: "text", text: "On two.", page: 2 },
  ]);
  expect(chunks.map(({ pageFrom, pageTo }) => [pageFrom, pageTo])).toEqual([[1, 2]]);
});

test("one edited paragraph in a long document without headings changes few chunks", async () => {
  const blocks = Array.from({ length: 600 }, (_, index): Block => ({
    kind: "text",
    text: `Абзац ${index * 7919} о ветре и море.`,
  }));
  const edited = blocks.with(300, {
    kind: "text",
    text: "Совсем другой абзац, длиннее прежнего, с новыми подробностями.",
  });
  const before = new Set((await chunksOf(blocks)).map(({ content }) => content));
  const changed = (await chunksOf(edited)).filter(({ content }) => !before.has(content));
  expect(before.size).toBeGreaterThan(100);
  expect(changed.length).toBeLessThanOrEqual(3);
});

test("a letter run without end and special token text are counted, not fatal", async () => {
  expect(countTokens("<|endoftext|>")).toBeGreaterThan(1);
  expect(
    (await chunksOf([{ kind: "text", text: "я".repeat(20_000) }])).every((chunk) => countTokens(chunk.content) <= 60),
  ).toBe(true);
});
