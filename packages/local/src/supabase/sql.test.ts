import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clientType, identifier, integer, list, quoteIdentifier, quoteLiteral, render, sql, value } from "./sql.ts";

/** Texts made of what quoting is about. */
const awkward = fc.string({
  unit: fc.constantFrom('"', "'", "\\", "$", "1", ";", "-", "\n", "a", "я", "𝄞"),
  maxLength: 12,
});

describe("sql", () => {
  test("numbers its values in the order they stand", () => {
    const where = sql`a = ${value("1")} and b in (${list([value("2"), value(null)])})`;
    expect(render(sql`select ${identifier("x")} where ${where} limit ${integer(3)}`)).toEqual({
      text: 'select "x" where a = $1 and b in ($2, $3) limit 3',
      values: ["1", "2", null],
    });
  });

  test("an identifier is one quoted token, whatever it holds", () => {
    fc.assert(
      fc.property(awkward, (name) => {
        const quoted = quoteIdentifier(name);
        expect(quoted.slice(1, -1).replaceAll('""', "")).not.toContain('"');
        expect(quoted.slice(1, -1).replaceAll('""', '"')).toBe(name);
      }),
    );
  });

  test("a literal ends where it should, backslashes or not", () => {
    fc.assert(
      fc.property(awkward, (text) => {
        const literal = quoteLiteral(text);
        const escaped = literal.startsWith("E");
        const inside = literal.slice(escaped ? 2 : 1, -1);
        const read = inside.replaceAll("''", "'");
        expect(escaped ? read.replaceAll("\\\\", "\\") : read).toBe(text);
        expect(inside.replaceAll("''", "")).not.toContain("'");
        expect(escaped).toBe(text.includes("\\"));
      }),
    );
  });

  test("NUL is refused rather than cut off", () => {
    expect(() => identifier("a\0b")).toThrow(/NUL/);
    expect(() => quoteLiteral("a\0b")).toThrow(/NUL/);
  });

  test.each(["text", "extensions.vector", "int[]", "timestamp with time zone", "double precision"])(
    "%s is a type",
    (name) => {
      expect(clientType(name)).toBeDefined();
    },
  );

  test.each(["text) from x--", "text; x", 'te"xt', "a.b.c", "int[][]", "", "numeric(1)"])("%s is none", (name) => {
    expect(clientType(name)).toBeUndefined();
  });
});
