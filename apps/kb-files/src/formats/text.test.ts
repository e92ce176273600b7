import { expect, test } from "vitest";
import { parseText } from "./text.ts";

const texts = (text: string): string[] => parseText(text).blocks.map((block) => block.text);

test("paragraphs are what blank lines separate, however they end", () => {
  expect(texts("Первый\nабзац\n\nВторой\r\n\r\n  \r\nThird\r\rFourth\n \t\nFifth\fSixth")).toEqual([
    "Первый\nабзац",
    "Второй",
    "Third",
    "Fourth",
    "Fifth",
    "Sixth",
  ]);
});

test("white space alone is no paragraph", () => {
  expect(texts(" \n\n\t\n")).toEqual([]);
});
