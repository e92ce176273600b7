import fc from "fast-check";
import { expect, test } from "vitest";
import { assemble, normalize } from "./assemble.ts";
import { makeCodePointIndex } from "./code-points.ts";
import { detectLanguage } from "./language.ts";

const nowhere = { sheet: null, rowFrom: null, rowTo: null };

test("blocks are separated by an empty line; each span is its block", () => {
  const { text, spans } = assemble([
    { kind: "heading", text: " Глава \n 1 ", level: 1, page: 1 },
    { kind: "text", text: "\u0000\u00ad" },
    { kind: "code", text: "\n  a\r\n\n\n\nb  \n" },
  ]);
  expect(text).toBe("Глава 1\n\n  a\n\nb");
  expect(spans).toEqual([
    { kind: "heading", start: 0, end: 7, headingPath: ["Глава 1"], page: 1, ...nowhere },
    { kind: "code", start: 9, end: 15, headingPath: ["Глава 1"], page: null, ...nowhere },
  ]);
});

test("whatever comes in, the text is NFC, well-formed and free of control characters", { timeout: 60_000 }, () => {
  const text = fc.string({ unit: "binary", maxLength: 60 });
  fc.assert(
    fc.property(fc.array(text, { maxLength: 5 }), fc.constantFrom("text", "code", "heading"), (texts, kind) => {
      const assembled = assemble(texts.map((each) => ({ kind, text: each, level: 1 })));
      expect(assembled.text.isWellFormed()).toBe(true);
      expect(assembled.text).toBe(assembled.text.normalize("NFC"));
      expect(assembled.text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/u);
      for (const { start, end } of assembled.spans) expect(assembled.text.slice(start, end).trim()).not.toBe("");
    }),
  );
});

test("combining characters compose, spaces become ordinary", () => {
  expect(normalize("и\u0306 e\u0301 1\u00a0000", "text")).toBe("й é 1 000");
});

test("code points: astral characters count once, their halves are refused", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.nat(), (text, at) => {
      const points = [...text];
      const count = at % (points.length + 1);
      expect(makeCodePointIndex(text)(points.slice(0, count).join("").length)).toBe(count);
    }),
  );
  expect(() => makeCodePointIndex("a😀")(2)).toThrow(RangeError);
});

test("language: by the script of the letters", () => {
  expect(detectLanguage("Отчёт о работе API и SDK за 2026 год")).toBe("russian");
  expect(detectLanguage("The crane lifts forty tonnes (кран)")).toBe("english");
  expect(detectLanguage("東京都は日本の首都です")).toBe("simple");
  expect(detectLanguage("12 345")).toBe("simple");
});
