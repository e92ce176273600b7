import iconv from "iconv-lite";
import { paragraph, phrase, type Tongue } from "../prose.ts";
import type { Random } from "../random.ts";
import { makeRows } from "../story.ts";
import { type CorpusFile, tableText, type Truth } from "../truth.ts";
import { byNumber, escaped } from "./markup.ts";

export const csvFile = (random: Random, tongue: Tongue, size = 1): CorpusFile => {
  const rows = makeRows(random, tongue, random.integer(3, 120) * size);
  const delimiter = random.pick([",", ";", "\t"]);
  const quoted = random.chance(0.5);
  const cell = (text: string): string => (quoted && random.chance(0.5) ? `"${text}, ""${text}"";\n${text}"` : text);
  const written = rows.map((row, at) => row.map((text, column) => (at > 0 && column === 0 ? cell(text) : text)));
  const shown = written.map((row) => row.map(unquoted));
  const encoding = tongue === "russian" ? random.pick(["utf-8", "windows-1251", "utf-16le"]) : "utf-8";
  const text = written.map((row) => row.join(delimiter)).join(random.pick(["\n", "\r\n"]));
  const bytes = iconv.encode(text, encoding, { addBOM: encoding === "utf-16le" });
  const numbers = rows.map((_, at) => at + 1);
  const truth: Truth[] = [{ kind: "table", text: tableText(shown), path: [], rows: numbers }];
  return { name: delimiter === "\t" ? "data.tsv" : "data.csv", format: "csv", bytes, pageCount: null, truth };
};

const unquoted = (cell: string): string =>
  cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"').replaceAll("\n", " ") : cell;

/** Keys that hold lists of records, and text. */
export const jsonFile = (random: Random, tongue: Tongue, size = 1): CorpusFile => {
  const truth: Truth[] = [];
  const value: Record<string, unknown> = {};
  for (let count = random.integer(2, 5) * size; count > 0; count -= 1) {
    const key = `${phrase(random, tongue)} ${count}`;
    truth.push({ kind: "heading", text: key, path: [key] });
    if (random.chance(0.5)) {
      const rows = makeRows(random, tongue);
      value[key] = records(rows);
      truth.push({ kind: "table", text: tableText(rows), path: [key] });
    } else {
      const about = paragraph(random, tongue, 4, 6);
      value[key] = { about, inner: { count, words: ["a", "b"] } };
      truth.push({ kind: "text", text: `about: ${about}\ninner.count: ${count}\ninner.words: a, b`, path: [key] });
    }
  }
  const bytes = Buffer.from(JSON.stringify(value, undefined, random.pick([0, 2])));
  return { name: "data.json", format: "json", bytes, pageCount: null, truth };
};

const records = ([header = [], ...rows]: readonly (readonly string[])[]) =>
  rows.map((row) => Object.fromEntries(row.map((cell, at) => [header[at] ?? "", at === 0 ? cell : Number(cell)])));

export const jsonLinesFile = (random: Random, tongue: Tongue, size = 1): CorpusFile => {
  const rows = makeRows(random, tongue, random.integer(2, 150) * size);
  const bytes = Buffer.from(
    records(rows)
      .map((record) => `${JSON.stringify(record)}\n`)
      .join(""),
  );
  // The keys stand in the first line beside its values.
  const numbers = rows.map((_, at) => Math.max(1, at));
  const truth: Truth[] = [{ kind: "table", text: tableText(rows), path: [], rows: numbers }];
  return { name: "events.jsonl", format: "jsonl", bytes, pageCount: null, truth };
};

/** Chapters by name, with a paragraph each and some values. */
export const xmlFile = (random: Random, tongue: Tongue, size = 1): CorpusFile => {
  const truth: Truth[] = [];
  const chapters = Array.from({ length: random.integer(2, 8) * size }, (_, index) => {
    const name = `${phrase(random, tongue)} ${index}`;
    const heading = `chapter ${name}`;
    const note = paragraph(random, tongue);
    const price = String(random.integer(100, 99_999));
    truth.push({ kind: "heading", text: heading, path: [heading] });
    truth.push({ kind: "text", text: `chapter lang: x${index}\nprice: ${price}\nnote: ${note}`, path: [heading] });
    const body = random.chance(0.5) && !note.includes("₽") ? `<![CDATA[${note}]]>` : escaped(note);
    return `<chapter name="${escaped(name)}" lang="x${index}">\n  <price>${price}</price>\n  <note>${body}</note>\n</chapter>`;
  });
  const encoding = tongue === "russian" ? random.pick(["utf-8", "windows-1251", "utf-16le"]) : "utf-8";
  const declared = encoding === "utf-16le" ? "UTF-16" : encoding;
  const xml = `<?xml version="1.0" encoding="${declared}"?>\n<!-- a comment -->\n<book>\n${chapters.join("\n")}\n</book>\n`;
  const bytes = iconv.encode(byNumber(xml, encoding), encoding, { addBOM: encoding === "utf-16le" });
  return { name: "book.xml", format: "xml", bytes, pageCount: null, truth };
};
