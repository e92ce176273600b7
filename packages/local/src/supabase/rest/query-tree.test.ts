import { describe, expect, test } from "vitest";
import { ApiError } from "../api-error.ts";
import { parseQuery } from "./query-tree.ts";

const parse = (query: string) => parseQuery(new URLSearchParams(query));

describe("parseQuery", () => {
  test("what belongs to the table and what to an embedded one", () => {
    const root = parse(
      "select=id,b:books(title,reviews(stars))&id=gt.1&b.title=eq.x&b.reviews.order=stars.desc&b.limit=2&offset=5&b.reviews.or=(stars.eq.1,stars.eq.2)",
    );
    expect(root.conditions).toHaveLength(1);
    expect(root.offset).toBe(5);
    const books = root.embeds.get("b")?.node;
    expect(books).toMatchObject({ limit: 2, conditions: [{ field: { column: "title" } }] });
    expect(books?.embeds.get("reviews")?.node).toMatchObject({
      order: [{ field: { column: "stars" }, direction: "desc" }],
      conditions: [{ kind: "group", operator: "or" }],
    });
  });

  test("the same column twice is two conditions", () => {
    expect(parse("a=gt.1&a=lt.5").conditions).toHaveLength(2);
  });

  test("not.and, and order by a related column", () => {
    expect(parse("not.and=(a.eq.1,b.eq.2)").conditions).toMatchObject([{ kind: "group", negated: true }]);
    expect(parse("select=author(name)&order=author(name).asc.nullslast").order).toMatchObject([
      { embed: "author", direction: "asc", nulls: "last" },
    ]);
  });

  test("columns and on_conflict are no filters; excepted names are none either", () => {
    expect(parse('columns="a"&on_conflict=a').conditions).toEqual([]);
    expect(parseQuery(new URLSearchParams("x=1"), new Set(["x"])).conditions).toEqual([]);
  });

  test.each(["limit=x", "limit=-1", "offset=1e3", "books.id=eq.1", "a..b=eq.1", "order=a.upwards", "a=1"])(
    "%s is refused",
    (query) => {
      expect(() => parse(query)).toThrow(ApiError);
    },
  );
});
