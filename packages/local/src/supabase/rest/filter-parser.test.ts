import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ApiError } from "../api-error.ts";
import { parseFilter, parseGroup } from "./filter-parser.ts";

const field = { column: "a", path: [] };

describe("parseFilter", () => {
  test("a comparison keeps its value as it is", () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        expect(parseFilter(field, `eq.${value}`).operation).toEqual({
          kind: "compare",
          operator: "eq",
          quantifier: undefined,
          value,
        });
      }),
    );
  });

  test("not, any, all, languages and is", () => {
    expect(parseFilter(field, "not.like(any).{a*,b*}")).toMatchObject({
      negated: true,
      operation: { operator: "like", quantifier: "any", value: "{a*,b*}" },
    });
    expect(parseFilter(field, "wfts(russian).кот")).toMatchObject({
      operation: { kind: "search", operator: "wfts", language: "russian", value: "кот" },
    });
    expect(parseFilter(field, "is.NULL")).toMatchObject({ operation: { kind: "is", value: "null" } });
  });

  test("lists: quoted items, escapes, one empty item and none", () => {
    const values = (text: string): unknown => {
      const { operation } = parseFilter(field, `in.${text}`);
      return operation.kind === "in" ? operation.values : operation;
    };
    expect(values(String.raw`(a,"b,c","d\"e",f g)`)).toEqual(["a", "b,c", 'd"e', "f g"]);
    expect(values("()")).toEqual([]);
    expect(values('("")')).toEqual([""]);
  });

  test.each([
    "",
    "eq",
    "nope.1",
    "eq(some).1",
    "cs(any).1",
    "is.maybe",
    "in.(a",
    "in.a",
    "in.(a)b",
    "is(x).null",
    "EQ.1",
  ])("%s is refused", (text) => {
    expect(() => parseFilter(field, text)).toThrow(ApiError);
  });
});

describe("parseGroup", () => {
  test("nesting, negation, lists and arrays", () => {
    const group = parseGroup("or", false, '(a.eq.1,not.and(b.not.in.(x,"y,z"),c->d.is.null),e.cs.{1,2},f.eq."a,b)")');
    expect(group.conditions).toMatchObject([
      { kind: "filter", field: { column: "a" }, operation: { value: "1" } },
      {
        kind: "group",
        operator: "and",
        negated: true,
        conditions: [
          { negated: true, operation: { kind: "in", values: ["x", "y,z"] } },
          { field: { column: "c", path: [{ key: "d" }] }, operation: { kind: "is" } },
        ],
      },
      { field: { column: "e" }, operation: { operator: "cs", value: "{1,2}" } },
      { field: { column: "f" }, operation: { value: "a,b)" } },
    ]);
  });

  test("a column called like a connective", () => {
    expect(parseGroup("and", false, "(or.eq.1,order.gt.2)").conditions).toMatchObject([
      { field: { column: "or" } },
      { field: { column: "order" } },
    ]);
  });

  test.each(["", "()", "(a)", "(a.eq.1", "(a.eq.1)x", "(a.eq.1,)", "a.eq.1"])("%s is refused", (text) => {
    expect(() => parseGroup("or", false, text)).toThrow(ApiError);
  });
});
