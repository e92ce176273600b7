import fc from "fast-check";
import { expect, test } from "vitest";
import { cutSnippet } from "./snippet.ts";

const placesOf = (text: string, word: string) =>
  [...text.matchAll(new RegExp(word, "gu"))].map(({ index }) => {
    const charStart = Array.from(text.slice(0, index)).length;
    return { charStart, charEnd: charStart + Array.from(word).length };
  });

test("a short text is its own snippet", () => {
  const text = "Гарантия 24 месяца.";
  expect(cutSnippet(text, placesOf(text, "Гарантия"))).toEqual({
    text,
    charStart: 0,
    highlights: [{ charStart: 0, charEnd: 8 }],
  });
});

test("a long text is cut to where most highlights are, between words", () => {
  const text = `срок ${"слово ".repeat(100)}срок и гарантия, гарантия ${"слово ".repeat(100)}`;
  const snippet = cutSnippet(
    text,
    [...placesOf(text, "срок"), ...placesOf(text, "гарантия")].toSorted((a, b) => a.charStart - b.charStart),
  );
  expect(snippet.text).toMatch(/^(слово )+срок и гарантия, гарантия( слово)+$/);
  expect(snippet.highlights).toHaveLength(3);
});

test("it is a verbatim slice of bounded length, and its highlights are words of the text", () => {
  const word = fc.constantFrom("срок", "😀", "гарантия", "a", "сверхдлинноесловобезпробелов".repeat(12));
  fc.assert(
    fc.property(fc.array(word, { maxLength: 120 }), (words) => {
      const text = words.join(" ");
      const { text: cut, charStart, highlights } = cutSnippet(text, placesOf(text, "срок"));
      expect(
        Array.from(text)
          .slice(charStart, charStart + Array.from(cut).length)
          .join(""),
      ).toBe(cut);
      expect(Array.from(cut).length).toBeLessThanOrEqual(240);
      for (const place of highlights) {
        expect(Array.from(cut).slice(place.charStart, place.charEnd).join("")).toBe("срок");
      }
      expect(highlights.length > 0).toBe(words.includes("срок"));
    }),
  );
});
