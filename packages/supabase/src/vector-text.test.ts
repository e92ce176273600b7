import fc from "fast-check";
import { expect, test } from "vitest";
import { vectorText } from "./vector-text.ts";

const read = (text: string): number[] => JSON.parse(text) as number[];

test("what is written is read as the same half-precision numbers", () => {
  const halves = fc.integer({ min: -65_504, max: 65_504 }).map((n) => Math.f16round(n / 977));
  fc.assert(
    fc.property(fc.array(fc.oneof(halves, fc.float({ min: -1, max: 1, noNaN: true })), { minLength: 1 }), (vector) => {
      const written = read(vectorText(vector));
      expect(written.map((value) => Math.f16round(value) + 0)).toEqual(vector.map((value) => Math.f16round(value) + 0));
    }),
  );
});

test("every half-precision number has a text of its own, of at most five digits", () => {
  const all = new Float16Array(new Uint16Array(0x7c00).map((_, code) => code).buffer);
  const texts = read(vectorText([...all]));
  expect(texts.map((value) => Math.f16round(value))).toEqual([...all]);
  expect(Math.max(...texts.map((value) => value.toExponential().replace(/e.*|\.|-/g, "").length))).toBeLessThan(6);
});

test("it is short", () => {
  expect(vectorText([0.1, -0.25, 0, 1, 0.012345678901234])).toBe("[0.1,-0.25,0,1,0.012344]");
});
