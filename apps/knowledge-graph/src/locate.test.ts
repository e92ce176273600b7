import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { makeLocator } from "./locate.ts";

const found = (content: string, words: string, near?: number): string | undefined => {
  const locator = makeLocator(content);
  const place = locator.find(words, near);
  return place && `${place.charStart}:${locator.slice(place)}`;
};

describe("find", () => {
  test.each([
    ["Иван работает в «Ромашке».", "«Ромашке»", "16:«Ромашке»"],
    ["Иван работает в «Ромашке».", '"Ромашке"', "16:«Ромашке»"],
    ["Анна — директор", "Анна - директор", "0:Анна — директор"],
    ["Анна\u00a0\n  Иванова ушла", "Анна Иванова", "0:Анна\u00a0\n  Иванова"],
    ["Пётр Семёнов", "ПЕТР СЕМЕНОВ", "0:Пётр Семёнов"],
    ["soft\u00adhyphen", "softhyphen", "0:soft\u00adhyphen"],
    ["the ﬁrst file", "first", "4:ﬁrst"],
    ["it’s Acme’s", "Acme's", "5:Acme’s"],
    ["😀😀 Acme", "Acme", "3:Acme"],
  ])("in %j, %j", (content, words, expected) => {
    expect(found(content, words)).toBe(expected);
  });

  test("prefers the place it was told, if the words are there", () => {
    expect(found("Acme and Acme", "Acme", 9)).toBe("9:Acme");
    expect(found("Acme and Acme", "Acme", 3)).toBe("0:Acme");
  });

  test.each(["missing", "", "  ", "«»»»"])("finds no %j", (words) => {
    expect(found("Some text", words)).toBeUndefined();
  });

  test("finds every slice of a text, and what it finds folds to what was asked", () => {
    const point = fc.oneof(
      fc.constantFrom(..."aё «»—\u0301\u200B😀"),
      fc.nat({ max: 0x10ffff }).map((code) => String.fromCodePoint(code)),
    );
    const text = fc.array(point, { maxLength: 40 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, fc.nat(), fc.nat(), (content, a, b) => {
        const points = Array.from(content);
        const [from, to] = [a % (points.length + 1), b % (points.length + 1)].toSorted((x, y) => x - y);
        const words = points.slice(from, to).join("");
        const locator = makeLocator(content);
        const place = locator.find(words, from);
        if (words.trim() === "") expect(place).toBeUndefined();
        else expect(place && locator.slice(place)).toBe(words);
      }),
    );
  });
});
