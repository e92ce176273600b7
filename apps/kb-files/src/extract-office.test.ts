import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import type { Block } from "./block.ts";
import { parseFile } from "./extract-file.ts";

// The manuals and decks were made with LibreOffice from one text, Russian and English.
const fixture = (name: string): Promise<Buffer> => readFile(new URL(`../test/fixtures/${name}`, import.meta.url));
const read = async (name: string) => parseFile(await fixture(name), name);
const outline = (blocks: readonly Block[]): string[] =>
  blocks.map((block) => (block.kind === "heading" ? `${"#".repeat(block.level)} ${block.text}` : block.text));

const manual = {
  en: [
    "# Weather station manual",
    "## Purpose",
    "The station measures wind & pressure “every hour”.",
    "### Instruments",
    "- anemometer\n- barometer\n  - mercury",
    "## Limits",
    "| Device | Years |\n| --- | --- |\n| Anemometer | 5 |",
    "Café naïve — 10 €.",
  ],
  ru: [
    "# Руководство по метеостанции",
    "## Назначение",
    "Станция измеряет ветер и давление — каждый час.",
    "Кроме ночных часов.",
    "### Приборы",
    "- анемометр\n- барометр\n  - ртутный\n  - электронный\n- термометр",
    "### Порядок работы",
    "1. Включить питание\n2. Записать показания",
    "## Нормы",
    "| Прибор | Срок, лет |\n| --- | --- |\n| Анемометр | 5 |\n| Барометр | 12 |",
    "После таблицы идёт обычный абзац.",
  ],
};

describe("documents of office programs", () => {
  test.each(["odt", "rtf"] as const)(
    "%s: headings, lists, tables and footnotes, in Russian and English",
    async (format) => {
      for (const language of ["en", "ru"] as const) {
        const { blocks, ...rest } = await read(`manual-${language}.${format}`);
        expect(rest.format).toBe(format);
        expect(outline(blocks)).toEqual(manual[language]);
      }
    },
  );

  test("pptx: slides are pages; titles, nested lists, tables, notes and hidden slides say what they are", async () => {
    const { blocks, pageCount } = await read("deck-ru.pptx");
    expect(pageCount).toBe(4);
    expect(outline(blocks)).toEqual([
      "# Ветер и море",
      "- Скорость ветра\n- Приборы\n  - анемометр\n  - барометр\n- Выводы",
      "## Заметки докладчика",
      "Рассказать о мачте высотой десять метров.",
      "# Измерения",
      "| Дата | Ветер, м/с |\n| --- | --- |\n| 1 мая | 7,5 |\n| 2 мая | 12 |",
      "# Запасной слайд (скрытый слайд)",
      "- Не показывать\n- Старые данные",
      "# Слайд 4",
      "Спасибо за внимание",
    ]);
    expect(blocks.map(({ page }) => page)).toEqual([1, 1, 1, 1, 2, 2, 3, 3, 4, 4]);
  });

  test("epub: chapters in reading order, each under its title", async () => {
    const { blocks } = await read("manual-ru.epub");
    const lines = outline(blocks);
    expect(lines.filter((line) => line.startsWith("#"))).toEqual(["# Section 1", "# Назначение", "# Нормы"]);
    expect(lines).toContain("| Прибор | Срок, лет |\n| --- | --- |\n| Анемометр | 5 |\n| Барометр | 12 |");
  });
});

describe("mail", () => {
  const mail = [
    "From: =?windows-1251?B?zODw6P8=?= <m@example.org>",
    "To: a@b.example",
    "Subject: =?koi8-r?B?79TQ1dPL?=",
    "MIME-Version: 1.0",
    'Content-Type: multipart/mixed; boundary="x"',
    "",
    "--x",
    "Content-Type: text/plain; charset=utf-8",
    "",
    "Отпуск начинается в июле.",
    "--x",
    'Content-Type: text/csv; name="plan.csv"',
    'Content-Disposition: attachment; filename="plan.csv"',
    "",
    "name;days",
    "--x--",
    "",
  ].join("\r\n");

  test("the subject is the heading, names and subject in their own encodings; attachments come along", async () => {
    const { format, blocks, attachments } = await parseFile(Buffer.from(mail), "письмо.txt");
    expect(format).toBe("eml");
    expect(outline(blocks)[0]).toBe("# Отпуск");
    expect(outline(blocks).join("\n")).toMatch(/Мария <m@example\.org>[^]*Отпуск начинается в июле\./);
    expect(attachments?.map(({ name, bytes }) => [name, Buffer.from(bytes).toString().trim()])).toEqual([
      ["plan.csv", "name;days"],
    ]);
  });
});

describe("what cannot be read", () => {
  const files = ["deck-en.pptx", "manual-en.odt", "manual-en.rtf", "manual-en.epub"];

  test.each(files)(
    "%s, cut anywhere or with a byte changed, ends as text or as a file's problem",
    { timeout: 60_000 },
    async (name) => {
      const whole = await fixture(name);
      for (let step = 1; step < 12; step += 1) {
        const at = Math.floor((whole.length * step) / 12);
        const flipped = Buffer.from(whole);
        flipped[at] = (flipped[at] ?? 0) ^ 0xff;
        for (const bytes of [whole.subarray(0, at), flipped]) {
          const outcome = await parseFile(bytes, name).then(
            ({ blocks }) => blocks.length >= 0,
            (error: unknown) =>
              error instanceof Error && "code" in error ? String(error.code).startsWith("file_") : error,
          );
          expect(outcome).toBe(true);
        }
      }
    },
  );

  test("a picture waits for text recognition: off, it is no readable format; on and missing, it says so", async () => {
    const png = Buffer.from(
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=",
      "base64",
    );
    await expect(parseFile(png, "scan.png")).rejects.toMatchObject({ code: "file_unsupported" });
    await expect(parseFile(png, "scan.png", { tesseractPath: null })).rejects.toMatchObject({
      code: "ocr_unavailable",
    });
  });
});
