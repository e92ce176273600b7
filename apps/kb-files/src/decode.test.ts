import iconv from "iconv-lite";
import { describe, expect, test } from "vitest";
import { decodeText } from "./decode.ts";

const russian =
  "Съешь ещё этих мягких французских булок, да выпей чаю. Объём поставки — не менее двадцати тонн в месяц.";
const short = "Привет, мир!";
const capitals = "ПРИКАЗ О НАЗНАЧЕНИИ ДИРЕКТОРА";
const mixed = "Error 404: страница не найдена. Please contact support, обратитесь в поддержку сайта example.org.";
const list = "Иванов;Москва;1200\r\nПетрова;Казань;830\r\nСидоров;Омск;415\r\n";
const french =
  "L'été dernier, nous avons déjeuné à l'hôtel près de la forêt; c'était très agréable et le garçon était drôle.";
const german =
  "Die Straße führt über die Brücke; größere Fahrzeuge müssen außen herum fahren. Schöne Grüße aus München!";
const english = "The quick brown fox jumps over the lazy dog.";

const samples: readonly (readonly [label: string, encoding: string, text: string])[] = [
  ["UTF-8 Russian", "utf-8", russian],
  ["UTF-8 with astral characters", "utf-8", "Отчёт 😀 готов 𝒳"],
  ["ASCII", "ascii", english],
  ["UTF-16LE without a mark, Russian", "utf-16le", russian],
  ["UTF-16BE without a mark, Russian", "utf-16be", russian],
  ["UTF-16LE without a mark, English", "utf-16le", english],
  ["UTF-32LE without a mark", "utf-32le", russian],
  ["UTF-32BE without a mark", "utf-32be", russian],
  ...["windows-1251", "koi8-r", "cp866", "iso-8859-5"].flatMap((encoding) =>
    (
      [
        ["prose", russian],
        ["short", short],
        ["capitals", capitals],
        ["mixed with English", mixed],
        ["a list", list],
      ] as const
    ).map(
      // koi8-r and iso-8859-5 have no long dash.
      ([label, text]) => [`${encoding}, ${label}`, encoding, text.replaceAll("—", "-")] as const,
    ),
  ),
  ["windows-1251 with typography", "windows-1251", "«Ромашка» — общество № 1… “quoted”"],
  ["windows-1252 French", "windows-1252", french],
  ["windows-1252 German", "windows-1252", german],
];

test.each(samples)("%s", async (_, encoding, text) => {
  expect((await decodeText(iconv.encode(text, encoding))).text).toBe(text);
});

describe("byte order marks", () => {
  test.each(["utf-8", "utf-16le", "utf-16be", "utf-32le", "utf-32be"])("%s", async (encoding) => {
    expect((await decodeText(iconv.encode(short, encoding, { addBOM: true }))).text).toBe(short);
  });
});

test("a declared encoding counts where the bytes are not UTF-8", async () => {
  const latin = iconv.encode("naïve café", "iso-8859-2");
  expect((await decodeText(latin, "ISO-8859-2")).encoding).toBe("iso-8859-2");
  expect((await decodeText(Buffer.from(russian), "windows-1251")).text).toBe(russian);
  expect((await decodeText(iconv.encode(russian, "windows-1251"), "utf-8")).text).toBe(russian);
});

test("Russian far behind 64 KB of ASCII is seen", async () => {
  const text = `${"x".repeat(100_000)} ${russian}`;
  expect((await decodeText(iconv.encode(text, "windows-1251"))).text).toBe(text);
});

test("UTF-8 that was cut or damaged in a place or two is still UTF-8", async () => {
  const bytes = Buffer.from(russian);
  const cut = await decodeText(bytes.subarray(0, bytes.indexOf(Buffer.from("французских")) + 3));
  expect(cut).toEqual({ text: "Съешь ещё этих мягких ф\ufffd", encoding: "utf-8" });
});
