import { expect, test } from "vitest";
import { renderDuration, renderTable } from "./table.ts";

test("columns line up; numbers stand right, Cyrillic counts as one", () => {
  const table = renderTable(
    ["queue", "n", "wait"],
    [
      ["очередь", 5, "1 s"],
      ["b", 100, "-"],
    ],
  );
  expect(table.split("\n")).toEqual(["queue      n  wait", "очередь    5  1 s", "b        100  -"]);
});

test.each([
  [0, "0 ms"],
  [999, "999 ms"],
  [1_500, "2 s"],
  [59_999, "1 min"],
  [125_000, "2 min 5 s"],
  [3_600_000, "1 h 0 min"],
])("%d ms reads %s", (ms, text) => {
  expect(renderDuration(ms)).toBe(text);
});
