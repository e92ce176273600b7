import { expect } from "vitest";
import type { ConformanceCase, Row } from "../target.ts";
import { failure, makeLibrary, ok } from "../target.ts";

/** A query on this library's books and the titles it must find, by their first words. */
const finds = (
  name: string,
  filter: (query: Row) => PromiseLike<{ data: Row; error: unknown }>,
  expected: readonly string[],
): ConformanceCase => ({
  name: `filter: ${name}`,
  run: async (target) => {
    const library = await makeLibrary(target);
    const query: Row = target.service.from("books").select("title").eq("tenant", library.tenant);
    const rows: Row[] = ok(await filter(query));
    expect(new Set(rows.map(({ title }) => title.split(" ")[0]))).toEqual(new Set(expected));
    expect(rows).toHaveLength(expected.length);
  },
});

export const filtering: readonly ConformanceCase[] = [
  finds("eq, neq", (q) => q.eq("status", "done").neq("title", "War and Peace"), ["Anna"]),
  finds("gt, gte, lt, lte", (q) => q.gt("pages", 96).lte("pages", 1225).gte("pages", 864).lt("pages", 1225), ["Anna"]),
  finds("like and ilike, with % and *", (q) => q.like("title", "W%").ilike("title", "war*"), ["War"]),
  finds("likeAnyOf and ilikeAllOf", (q) => q.likeAnyOf("title", ["War%", "The%"]).ilikeAllOf("title", ["%a%", "%s%"]), [
    "The",
  ]),
  finds(
    "regular expressions, match and imatch",
    (q) => q.filter("title", "match", "^(War|Anna)").filter("title", "imatch", "PEACE$"),
    ["War"],
  ),
  finds("is null, true, false and not null", (q) => q.is("available", true).not("isbn", "is", null), ["War", "The"]),
  finds("is null", (q) => q.is("pages", null), ["Без"]),
  finds(
    "in, with commas and parentheses in a value",
    (q) => q.in("title", ["Без названия, (черновик)", "The Seagull"]),
    ["Без", "The"],
  ),
  finds("in with nothing", (q) => q.in("title", []), []),
  finds("notIn by not.in", (q) => q.not("title", "in", '("War and Peace","The Seagull")'), ["Anna", "Без"]),
  finds("contains of arrays and of JSON", (q) => q.contains("tags", ["long"]).contains("meta", { size: 3 }), ["War"]),
  finds("containedBy", (q) => q.containedBy("tags", ["long", "war", "x"]).not("isbn", "is", null), ["War", "Anna"]),
  finds("overlaps", (q) => q.overlaps("tags", ["war", "play"]), ["War", "The"]),
  finds("ranges: overlap, left, right, adjacent", (q) => q.overlaps("span", "[8,22)"), ["War", "Anna", "The"]),
  finds("ranges: strictly left", (q) => q.rangeLt("span", "[15,20)"), ["War"]),
  finds("ranges: strictly right", (q) => q.rangeGt("span", "[1,19)"), ["Anna"]),
  finds("ranges: adjacent", (q) => q.rangeAdjacent("span", "[10,20)"), ["War", "Anna"]),
  finds("match of several columns", (q) => q.match({ status: "done", pages: 864 }), ["Anna"]),
  finds("not", (q) => q.not("status", "eq", "done").not("pages", "gt", 1), []),
  finds("or", (q) => q.or("pages.eq.96,title.eq.Anna Karenina"), ["The", "Anna"]),
  finds(
    "or with a nested and, in and is",
    (q) => q.or("and(status.eq.done,pages.gt.1000),pages.is.null,pages.in.(96,97)"),
    ["War", "Без", "The"],
  ),
  finds(
    "or with not and a quoted value",
    (q) => q.or('title.eq."Без названия, (черновик)",and(status.not.eq.draft,pages.not.lt.1000)'),
    ["Без", "War"],
  ),
  finds("or of arrays", (q) => q.or("tags.cs.{play},tags.cs.{war,long}"), ["The", "War"]),
  finds("by a JSON path", (q) => q.eq("meta->a->>b", "x"), ["War"]),
  finds("by a JSON number", (q) => q.gt("meta->size", 1), ["War", "Anna"]),
  finds("isDistinct treats null as a value", (q) => q.filter("pages", "isdistinct", 96), ["War", "Anna", "Без"]),
  finds("full text on a tsvector", (q) => q.textSearch("body", "peace & war", { config: "english" }), ["War"]),
  finds(
    "full text: plain, phrase and web search",
    (q) => q.textSearch("body", "the seagulls", { type: "plain", config: "english" }),
    ["The"],
  ),
  finds("full text: phrase", (q) => q.textSearch("body", "war and peace", { type: "phrase", config: "english" }), [
    "War",
  ]),
  finds(
    "full text: web search",
    (q) => q.textSearch("body", "peace or karenina -seagull", { type: "websearch", config: "english" }),
    ["War", "Anna"],
  ),
  {
    name: "filter: values with quotes, percent signs and Cyrillic are only values",
    run: async (target) => {
      const { tenant, tolstoy } = await makeLibrary(target);
      const title = `O'Reilly "x" \\ 100% ; drop table books;-- Ёлка`;
      ok(await target.service.from("books").insert({ tenant, author_id: tolstoy, title }).select("id"));
      expect(ok(await target.service.from("books").select("title").eq("tenant", tenant).eq("title", title))).toEqual([
        { title },
      ]);
      expect(ok(await target.service.from("books").select("title").eq("tenant", tenant).in("title", [title]))).toEqual([
        { title },
      ]);
    },
  },
  {
    name: "filter: an unknown operator is 400 PGRST100",
    run: async (target) => {
      expect(failure(await target.service.from("books").select().filter("title", "nope", "x"))).toEqual({
        status: 400,
        code: "PGRST100",
      });
    },
  },
  {
    name: "filter: a value that is no uuid is 400 22P02",
    run: async (target) => {
      expect(failure(await target.service.from("authors").select().eq("id", "x"))).toEqual({
        status: 400,
        code: "22P02",
      });
    },
  },
  {
    name: "filter: an unknown column is 400 42703",
    run: async (target) => {
      const refused = await target.service.from("books").select("nope");
      expect(failure(refused)).toEqual({ status: 400, code: "42703" });
      expect(refused.error?.message).toBe("column books.nope does not exist");
    },
  },
];
