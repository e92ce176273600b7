import { expect, test } from "vitest";
import { resolveNames } from "../resolution/resolve.ts";
import { plantNames } from "./planted-names.ts";
import { scorePairs } from "./score.ts";

test.each([1, 2])("names made up after the rules are told apart and brought together (seed %i)", (seed) => {
  const names = plantNames(seed);
  const gold = names.map((one) => `${one.type} ${one.gold}`);
  const { precision, recall } = scorePairs(resolveNames(names), gold);
  expect(precision).toBeGreaterThan(0.98);
  expect(recall).toBeGreaterThan(0.9);
});
