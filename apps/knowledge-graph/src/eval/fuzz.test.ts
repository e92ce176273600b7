import { expect, test } from "vitest";
import { fuzz } from "./fuzz.ts";

test("of fuzzed answers nothing is stored that does not stand in its chunk, and none is empty without a word", () => {
  const tally = fuzz(200, 7);
  expect(tally).toMatchObject({ answers: 200, forged: 0, silentlyEmpty: 0 });
  // Enough of both that the test means something.
  expect(tally.relations).toBeGreaterThan(100);
  expect(tally.rejected).toBeGreaterThan(400);
});
