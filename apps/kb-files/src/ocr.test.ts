import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseImage } from "./formats/image.ts";
import { findTesseract } from "./ocr.ts";

const fixture = (name: string): Promise<Buffer> => readFile(new URL(`../test/fixtures/${name}`, import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kb-files-ocr-test-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A program that lists the given languages and fails at everything else. */
const fakeTesseract = async (languages: string): Promise<string> => {
  const path = join(folder, "tesseract");
  await writeFile(
    path,
    `#!/bin/sh\n[ "$1" = --list-langs ] && printf 'List of languages:\\n${languages}\\n' || exit 1\n`,
  );
  await chmod(path, 0o755);
  return path;
};

describe("text recognition that is asked for and cannot be had", () => {
  test("the program is not installed", async () => {
    expect(findTesseract([join(folder, "nowhere")])).toEqual({ tesseractPath: null });
    await expect(parseImage(await fixture("scan-ru.png"), "акт.png", { tesseractPath: null })).rejects.toMatchObject({
      name: "PermanentError",
      code: "ocr_unavailable",
      message: expect.stringMatching(/"акт\.png" .*no tesseract program.*Install/s),
    });
  });

  test("neither language's data is installed", async () => {
    const tesseractPath = await fakeTesseract("deu\\nosd");
    expect(findTesseract([folder])).toEqual({ tesseractPath });
    await expect(parseImage(await fixture("scan-ru.png"), "a.png", { tesseractPath })).rejects.toMatchObject({
      code: "ocr_unavailable",
      message: expect.stringMatching(/neither Russian nor English data/),
    });
  });

  test("a picture that the program refuses is damaged", async () => {
    const tesseractPath = await fakeTesseract("rus");
    await expect(parseImage(Buffer.from("no picture"), "a.png", { tesseractPath })).rejects.toMatchObject({
      code: "file_corrupt",
    });
  });
});

describe.runIf(findTesseract().tesseractPath !== null)("recognition by the installed tesseract", () => {
  test.each([
    ["scan-ru.png", /Акт приёмки оборудования.*Насос установлен и проверен/],
    ["scan-en.tiff", /Delivery report.*The pump was installed and tested/],
  ])(
    "%s",
    async (name, says) => {
      const { blocks, pageCount } = await parseImage(await fixture(name), name, findTesseract());
      expect(pageCount).toBe(1);
      expect(blocks.map(({ text }) => text).join(" ")).toMatch(says);
    },
    60_000,
  );
});
