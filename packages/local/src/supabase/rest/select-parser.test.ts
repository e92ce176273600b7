import { describe, expect, test } from "vitest";
import { ApiError } from "../api-error.ts";
import type { SelectItem } from "./select-parser.ts";
import { outputName, parseSelect } from "./select-parser.ts";

const only = (text: string): SelectItem => {
  const [item, ...rest] = parseSelect(text);
  if (item === undefined || rest.length > 0) throw new Error(`${text} is not one item`);
  return item;
};

const outputOf = (text: string): string => {
  const item = only(text);
  return item.kind === "column" ? outputName(item) : item.kind;
};

describe("parseSelect", () => {
  test("nothing means every column", () => {
    expect(parseSelect(undefined)).toEqual([{ kind: "all" }]);
    expect(parseSelect("")).toEqual([{ kind: "all" }]);
  });

  test("columns, aliases, casts and JSON paths", () => {
    expect(only("a:b->c->>0::int")).toEqual({
      kind: "column",
      alias: "a",
      cast: "int",
      aggregate: undefined,
      field: {
        column: "b",
        path: [
          { arrow: "->", key: "c", isIndex: false },
          { arrow: "->>", key: "0", isIndex: true },
        ],
      },
    });
  });

  test("embeds with alias, hint, join, spread and nesting", () => {
    expect(only("...x:books!author_fkey!inner(title,reviews(*))")).toMatchObject({
      kind: "embed",
      name: "books",
      alias: "x",
      hint: "author_fkey",
      inner: true,
      spread: true,
      select: [{ kind: "column" }, { kind: "embed", name: "reviews", select: [{ kind: "all" }] }],
    });
    expect(only("books()")).toMatchObject({ kind: "embed", select: [] });
  });

  test("names: other alphabets, spaces, dashes, quotes inside quotes", () => {
    expect(outputOf("имя автора")).toBe("имя автора");
    expect(outputOf("a-b")).toBe("a-b");
    expect(outputOf(String.raw`"a\",(b:"`)).toBe('a",(b:');
  });

  test.each([
    ["a->b->>c", "c"],
    ["a->b->0", "b"],
    ["a->0", "a"],
    ["amount.sum()", "sum"],
    ["count()", "count"],
  ])("%s is returned as %s", (text, name) => {
    expect(outputOf(text)).toBe(name);
  });

  test.each(["a,", ",a", "a(", "a)", "a(b", "a b,(", "a::", "a->", '"a', "a.nope()", "...a", "a;b", "a--b'"])(
    "%s is refused",
    (text) => {
      expect(() => parseSelect(text)).toThrow(ApiError);
    },
  );
});
