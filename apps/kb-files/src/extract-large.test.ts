import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NewChunk } from "@gpt-agent/supabase/chunks";
import iconv from "iconv-lite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { extractLarge } from "./extract-large.ts";

/** Several windows and parts; what comes after is more of the same. */
const largeBytes = 640 * 1024;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kb-files-large-test-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const open = async (name: string, bytes: string | Buffer) => {
  await writeFile(join(folder, name), bytes);
  return extractLarge(join(folder, name), { fileName: name, maxTokens: 400, overlapTokens: 0 }, largeBytes);
};

const read = async (name: string, bytes: string | Buffer) => {
  const large = await open(name, bytes);
  if (large === undefined) throw new Error("not read piece by piece");
  const chunks: NewChunk[] = [];
  let text = "";
  for await (const part of large.parts) {
    text += part.text;
    chunks.push(...part.chunks);
  }
  return { ...large, text, chunks };
};

/** Content is its slice of the text, ordinals and places go up, nothing but white space is in no chunk. */
const checkCover = (text: string, chunks: readonly NewChunk[]): void => {
  const points = [...text];
  let end = 0;
  for (const [index, chunk] of chunks.entries()) {
    const isExact =
      chunk.ordinal === index &&
      chunk.content === points.slice(chunk.charStart, chunk.charEnd).join("") &&
      points.slice(end, chunk.charStart).join("").trim() === "";
    if (!isExact) expect(chunk).toBe(`chunk ${index} at ${end}`);
    end = chunk.charEnd;
  }
  expect(points.slice(end).join("").trim()).toBe("");
};

const repeatTo = (bytes: number, line: (index: number) => string): string => {
  const lines: string[] = [];
  for (let index = 0, length = 0; length < bytes; index += 1) {
    const next = line(index);
    lines.push(next);
    length += next.length;
  }
  return lines.join("");
};

describe("large files, piece by piece", { timeout: 120_000 }, () => {
  const paragraph = (index: number) => `Абзац ${index * 7_919} о море 😀.\nВторая строка.\n\n`;

  test("plain text in windows-1251: all of it, in its language, each chunk its slice", async () => {
    const source = repeatTo(largeBytes + 1_000, (index) => paragraph(index).replace("😀", "и ветре"));
    const { format, language, text, chunks } = await read("a.txt", iconv.encode(source, "windows-1251"));
    expect({ format, language }).toEqual({ format: "text", language: "russian" });
    expect(text).toBe(source.trim());
    checkCover(text, chunks);
  });

  test("a paragraph put in near the start changes few chunks", async () => {
    const source = repeatTo(largeBytes, paragraph);
    const before = new Set((await read("b.txt", source)).chunks.map(({ content }) => content));
    const at = source.indexOf("\n\n", 100_000) + 2;
    const after = await read("c.txt", `${source.slice(0, at)}Новый абзац.\n\n${source.slice(at)}`);
    expect(after.chunks.filter(({ content }) => !before.has(content)).length).toBeLessThanOrEqual(3);
    checkCover(after.text, after.chunks);
  });

  test("one line without end", async () => {
    const { text, chunks } = await read(
      "d.txt",
      repeatTo(largeBytes, (index) => `слово${index} `),
    );
    expect(chunks.length).toBeGreaterThan(150);
    checkCover(text, chunks);
  });

  test("a table: every row once, chunks know their rows, the header is repeated", async () => {
    let rows = 0;
    const source = `номер;имя\n${repeatTo(largeBytes, (index) => {
      rows = index + 1;
      return `${index + 2};"Иванов; ${index}"\n`;
    })}`;
    const { format, text, chunks } = await read("e.csv", source);
    expect(format).toBe("csv");
    checkCover(text, chunks);
    let next = 1;
    for (const { rowFrom, rowTo, content, contextHeader } of chunks) {
      const held = [...content.matchAll(/^\| (\d+) \|/gm)].map((match) => Number(match[1]));
      if (rowFrom !== next || rowTo !== held.at(-1)) expect([rowFrom, rowTo]).toEqual([next, held.at(-1)]);
      if (next > 1) expect(contextHeader).toBe("e.csv\n| номер | имя |\n| --- | --- |");
      next = (rowTo ?? 0) + 1;
    }
    expect(next).toBe(rows + 2);
  });

  test("JSON lines", async () => {
    const source = repeatTo(largeBytes, (index) => `${JSON.stringify({ id: index, текст: `событие ${index}` })}\n`);
    const { format, text, chunks } = await read("f.jsonl", source);
    expect(format).toBe("jsonl");
    checkCover(text, chunks);
    expect(chunks.at(-1)?.rowTo).toBe(source.split("\n").length - 1);
  });

  test("XML: its headings hold over all parts, in the encoding that it declares", async () => {
    const notes = (from: number): string =>
      Array.from({ length: 2_000 }, (_, at) => `<note>заметка ${from + at} о море и ветре</note>`).join("\n");
    const chapters = repeatTo(largeBytes, (at) => `<chapter name="Глава ${at}">${notes(at * 2_000)}</chapter>\n`);
    const xml = `<?xml version="1.0" encoding="windows-1251"?>\n<book>${chapters}</book>`;
    const { format, text, chunks } = await read("g.xml", iconv.encode(xml, "windows-1251"));
    expect(format).toBe("xml");
    checkCover(text, chunks);
    for (const { content, headingPath } of chunks) {
      const number = Number(/заметка (\d+)/.exec(content)?.[1]);
      if (headingPath[0] !== `chapter Глава ${Math.floor(number / 2_000)}`) expect(headingPath).toBe(content);
    }
    expect(text.match(/note: заметка/g)?.length).toBe(xml.match(/<note>/g)?.length);
  });

  test("small files and other formats are left to the whole reader", async () => {
    expect(await open("small.txt", "Привет.")).toBeUndefined();
    expect(await open("page.html", `<!doctype html><p>${"слово ".repeat(largeBytes / 6)}`)).toBeUndefined();
    expect(await open("data.json", `["${"слово ".repeat(largeBytes / 6)}"]`)).toBeUndefined();
    expect(await open("x.bin", Buffer.alloc(largeBytes))).toBeUndefined();
  });

  test("no text at all", async () => {
    await expect(read("blank.txt", " \n".repeat(largeBytes / 2))).rejects.toMatchObject({ code: "file_no_text" });
  });
});
