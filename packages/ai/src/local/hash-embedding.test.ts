import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { localProfile } from "../profile.ts";
import { makeEmbedder } from "../embedder.ts";
import { hashEmbedding } from "./hash-embedding.ts";

const cosine = (a: string, b: string): number => {
  const [x, y] = [hashEmbedding(a, 512), hashEmbedding(b, 512)];
  return x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0);
};

const anyText = fc.array(fc.nat({ max: 0x10ffff }), { maxLength: 50 }).map((points) => String.fromCodePoint(...points));

describe("hashEmbedding", () => {
  test("gives finite vectors of length 1 for any text, the same each time", () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom(8, 512), (text, dimensions) => {
        const vector = hashEmbedding(text, dimensions);
        expect(vector).toHaveLength(dimensions);
        expect(Math.hypot(...vector)).toBeCloseTo(1, 9);
        expect(hashEmbedding(text, dimensions)).toEqual(vector);
      }),
    );
  });

  test("is the same on every machine and in every release of this version", () => {
    const vector = hashEmbedding("Ёлка и ель", 512);
    const heaviest = vector
      .map((value, slot) => ({ slot, value }))
      .toSorted((a, b) => Math.abs(b.value) - Math.abs(a.value));
    expect(heaviest.slice(0, 2).map(({ slot, value }) => [slot, Math.sign(value)])).toMatchInlineSnapshot(`
      [
        [
          108,
          1,
        ],
        [
          431,
          1,
        ],
      ]
    `);
  });

  test("sees through inflection, order, case, ё and Unicode composition", () => {
    expect(cosine("договоры аренды помещений", "аренда помещения, договор")).toBeGreaterThan(0.8);
    expect(cosine("companies running tests", "a test run by the company")).toBeGreaterThan(0.7);
    expect(cosine("ЁЛКА", "елка")).toBeCloseTo(1, 9);
    expect(cosine("йод", "йод".normalize("NFD"))).toBeCloseTo(1, 9);
  });

  test("keeps unrelated texts apart", () => {
    expect(cosine("договор аренды помещения", "температура хранения вакцин")).toBeLessThan(0.2);
    expect(cosine("the cat is on the mat", "the rate of the tax is on the bill")).toBeLessThan(0.3);
  });
});

test("embeds without a key, a network or a cost", async () => {
  const embedder = makeEmbedder(localProfile);
  const { vectors, tokens, costUsd } = await embedder.embed(["раз", "two"], new AbortController().signal);
  expect(vectors).toEqual([hashEmbedding("раз", 512), hashEmbedding("two", 512)]);
  expect({ tokens, costUsd }).toEqual({ tokens: 0, costUsd: 0 });
});
