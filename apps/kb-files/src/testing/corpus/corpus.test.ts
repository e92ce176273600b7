import fc from "fast-check";
import { expect, test } from "vitest";
import { checkFile } from "./check.ts";
import { corpusFile, corpusFormats } from "./corpus.ts";

// A sample of what `pnpm bench --only extract-corpus` does with hundreds of files.
test.each(corpusFormats)(
  "%s: text, slices, headings, pages, sheets, rows and kinds are what was written",
  { timeout: 60_000 },
  async (format) => {
    const written = fc.record({ seed: fc.nat(1_000_000), maxTokens: fc.integer({ min: 60, max: 500 }) });
    const isRight = fc.asyncProperty(written, async ({ seed, maxTokens }) => {
      const { problems } = await checkFile(await corpusFile(format, seed), maxTokens);
      expect(problems).toEqual([]);
    });
    // Another seed finds no smaller file.
    await fc.assert(isRight, { numRuns: 2, endOnFailure: true });
  },
);

test("the same seed makes the same file; a wrong place is seen", async () => {
  const [file, again] = [await corpusFile("xlsx", 7), await corpusFile("xlsx", 7)];
  expect(again.truth).toEqual(file.truth);
  const moved = file.truth.map((item) =>
    item.kind === "table" ? { ...item, rows: item.rows?.map((row) => row + 1) ?? [] } : item,
  );
  expect((await checkFile({ ...file, truth: moved }, 400)).problems.join("\n")).toMatch(/chunk \d+, rows/);
  const elsewhere = file.truth.map((item) => ({ ...item, path: ["Elsewhere"] }));
  expect((await checkFile({ ...file, truth: elsewhere }, 400)).problems.join("\n")).toMatch(/headingPath/);
});
