import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { backoffDelayMs } from "./backoff.ts";

const backoff = fc
  .record({
    delayMs: fc.integer({ min: 0, max: 60_000 }),
    more: fc.integer({ min: 0, max: 3_600_000 }),
    jitter: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ delayMs, more, jitter }) => ({ delayMs, maxDelayMs: delayMs + more, jitter }));
const attempt = fc.integer({ min: 1, max: 2_000 });
const random = fc.double({ min: 0, max: 1, noNaN: true });

describe("backoffDelayMs", () => {
  test("doubles from attempt to attempt up to the cap", () => {
    const plain = { delayMs: 1_000, maxDelayMs: 5_000, jitter: 0 };
    expect([1, 2, 3, 4, 5].map((n) => backoffDelayMs(plain, n))).toEqual([1_000, 2_000, 4_000, 5_000, 5_000]);
  });

  test("spreads by the jitter to both sides", () => {
    const spread = { delayMs: 1_000, maxDelayMs: 60_000, jitter: 0.5 };
    expect([0, 0.5, 1].map((r) => backoffDelayMs(spread, 1, r))).toEqual([500, 1_000, 1_500]);
  });

  test("is a whole number between 0 and the cap, for any attempt", () => {
    fc.assert(
      fc.property(backoff, attempt, random, (b, n, r) => {
        const delay = backoffDelayMs(b, n, r);
        expect(Number.isSafeInteger(delay)).toBe(true);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(b.maxDelayMs);
      }),
    );
  });

  test("never shrinks with the attempts, for the same draw", () => {
    fc.assert(
      fc.property(backoff, attempt, random, (b, n, r) => {
        expect(backoffDelayMs(b, n + 1, r)).toBeGreaterThanOrEqual(backoffDelayMs(b, n, r));
      }),
    );
  });
});
