import { describe, expect, test } from "vitest";
import { measure, quantile, summarize } from "./measure.ts";

const goal = { text: "≥ 0.9 of the baseline", holds: ({ ratio }: { ratio: number }) => ratio >= 0.9 };
const plain = { name: "x", unit: "rows/s", baselineName: "bare", goal };

describe("quantile", () => {
  test("interpolates between neighbours", () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([1, 2, 3, 4, 5], 0.95)).toBeCloseTo(4.8);
  });
  test("refuses to invent a figure", () => expect(() => quantile([], 0.5)).toThrow(RangeError));
});

describe("summarize", () => {
  test("takes the median of the rounds' ratios, not the ratio of the medians", () => {
    const result = summarize(plain, [
      { ours: 10, baseline: 10 },
      { ours: 50, baseline: 100 },
      { ours: 95, baseline: 100 },
    ]);
    expect(result).toMatchObject({ ours: 50, baseline: 100, ratio: 0.95, ratioRange: [0.5, 1], holds: true });
  });
});

describe("measure", () => {
  test("drops the first round, takes turns, and closes", async () => {
    const calls: string[] = [];
    const result = await measure(
      {
        ...plain,
        prepare: async () => ({
          ours: async () => calls.push("ours"),
          baseline: async () => calls.push("baseline"),
          close: async () => void calls.push("close"),
        }),
      },
      { smoke: true, rounds: 2 },
    );
    expect(calls).toEqual(["baseline", "ours", "ours", "baseline", "baseline", "ours", "close"]);
    expect(result.rounds).toEqual([
      { ours: 3, baseline: 4 },
      { ours: 6, baseline: 5 },
    ]);
  });
});
