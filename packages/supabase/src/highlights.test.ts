import { expect, test } from "vitest";
import { readHighlights } from "./highlights.ts";

test("places count code points of the text without the signs", () => {
  expect(readHighlights("Это \u{FDD0}гарантия\u{FDD1} 😀 и \u{FDD0}срок\u{FDD1}.", "Это гарантия 😀 и срок.")).toEqual([
    { charStart: 4, charEnd: 12 },
    { charStart: 17, charEnd: 21 },
  ]);
  expect(readHighlights("ничего", "ничего")).toEqual([]);
});

test("a marked text that is not this text has no places", () => {
  expect(readHighlights("\u{FDD0}срок\u{FDD1}", "срок поставки")).toEqual([]);
});
