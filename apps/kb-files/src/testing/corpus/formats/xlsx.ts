import writeXlsx, { type Cell } from "write-excel-file/node";
import { phrase, type Tongue } from "../prose.ts";
import type { Random } from "../random.ts";
import { makeRows } from "../story.ts";
import { type CorpusFile, tableText, type Truth } from "../truth.ts";

/** Sheets with one or two tables, a title above, empty rows between; numbers and dates as their formats show them. */
export const xlsxFile = async (random: Random, tongue: Tongue, size = 1): Promise<CorpusFile> => {
  const truth: Truth[] = [];
  const sheets = Array.from({ length: random.integer(1, 4) }, (_, index) => {
    const name = `${phrase(random, tongue, 1, 2).slice(0, 20)} ${index + 1}`;
    const path = [name];
    const data: Cell[][] = [];
    truth.push({ kind: "heading", text: name, path, sheet: name });
    const tables = random.integer(1, 2);
    for (let table = 0; table < tables; table += 1) {
      for (let empty = table === 0 ? random.integer(0, 2) : random.integer(1, 4); empty > 0; empty -= 1) data.push([]);
      const title = `${phrase(random, tongue, 3, 6)} ${random.integer(1, 999)}`;
      data.push([{ value: title, type: String }]);
      truth.push({ kind: "text", text: title, path, sheet: name, rows: [data.length] });
      const [header = [], ...rows] = makeRows(random, tongue, random.integer(2, 80) * size);
      const shown: string[][] = [[...header, tongue === "russian" ? "Дата" : "Date"]];
      const numbers = [data.length + 1];
      data.push((shown[0] ?? []).map((value) => ({ value, type: String, fontWeight: "bold" })));
      for (const row of rows) {
        const day = random.integer(1, 28);
        data.push([
          ...row.map((cell, at): Cell => (at === 0 ? { value: cell, type: String } : money(Number(cell)))),
          { value: new Date(Date.UTC(2024, 4, day)), type: Date, format: "dd.mm.yyyy" },
        ]);
        numbers.push(data.length);
        const cells = row.map((cell, at) => (at === 0 ? cell : (Number(cell) / 100).toFixed(2)));
        shown.push([...cells, `${String(day).padStart(2, "0")}.05.2024`]);
      }
      truth.push({ kind: "table", text: tableText(shown), path, sheet: name, rows: numbers });
    }
    return { sheet: name, data };
  });
  const bytes = await writeXlsx(sheets).toBuffer();
  return { name: "prices.xlsx", format: "xlsx", bytes: Buffer.from(bytes), pageCount: null, truth };
};

const money = (hundredths: number): Cell => ({ value: hundredths / 100, type: Number, format: "0.00" });
