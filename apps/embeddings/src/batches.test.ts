import fc from "fast-check";
import { expect, test } from "vitest";
import { packBatches } from "./batches.ts";

const limits = { maxBatchInputs: 3, maxBatchTokens: 100 };
const sizes = (tokens: number[]): number[][] =>
  packBatches(
    tokens.map((tokenCount) => ({ tokenCount })),
    limits,
  ).map((batch) => batch.map((text) => text.tokenCount));

test("fills a batch up to either limit", () => {
  expect(sizes([])).toEqual([]);
  expect(sizes([1, 1, 1, 1])).toEqual([[1, 1, 1], [1]]);
  expect(sizes([60, 40, 1])).toEqual([[60, 40], [1]]);
});

test("sends a text above the limit alone", () => {
  expect(sizes([10, 500, 10])).toEqual([[10], [500], [10]]);
});

test("keeps every text, in order, within the limits, and never opens a batch needlessly", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 150 })), (tokens) => {
      const batches = sizes(tokens);
      expect(batches.flat()).toEqual(tokens);
      const sum = (batch: number[]): number => batch.reduce((a, b) => a + b, 0);
      for (const [i, batch] of batches.entries()) {
        expect(batch.length).toBeLessThanOrEqual(3);
        expect(batch.length === 1 || sum(batch) <= 100).toBe(true);
        const next = batches[i + 1]?.[0];
        expect(next === undefined || batch.length === 3 || sum(batch) + next > 100).toBe(true);
      }
    }),
  );
});
