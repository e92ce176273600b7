import { expect } from "vitest";
import type { ConformanceCase } from "../target.ts";
import { failure, makeLibrary, ok } from "../target.ts";

const refuses = (state: string, status: number): ConformanceCase => ({
  name: `rpc: SQLSTATE ${state} is ${status}`,
  run: async ({ service }) => {
    expect(failure(await service.rpc("refuse", { state, message: "no" }))).toEqual({ status, code: state });
  },
});

const refusals = [
  refuses("P0001", 400),
  refuses("PT402", 402),
  refuses("57014", 500),
  refuses("40001", 500),
  refuses("53300", 503),
  refuses("42883", 404),
  refuses("28000", 403),
  refuses("22023", 400),
];

export const calling: readonly ConformanceCase[] = [
  {
    name: "rpc: a scalar, with and without its defaulted argument, by POST and by GET",
    run: async ({ service }) => {
      expect(ok(await service.rpc("add", { a: 1, b: 2 }))).toBe(3);
      expect(ok(await service.rpc("add", { a: 1 }))).toBe(11);
      expect(ok(await service.rpc("add", { a: 1, b: 5 }, { get: true }))).toBe(6);
    },
  },
  {
    name: "rpc: jsonb in and out, null included",
    run: async ({ service }) => {
      const payload = { a: [1, null, "ы"], b: { c: 1.5 } };
      expect(ok(await service.rpc("echo", { payload }))).toEqual(payload);
      expect(ok(await service.rpc("echo", { payload: [1, 2] }))).toEqual([1, 2]);
      expect((await service.rpc("echo", { payload: null })).data).toBeNull();
    },
  },
  {
    name: "rpc: arrays, with commas, quotes and braces in their items",
    run: async ({ service }) => {
      const items = ["a,b", '"q"', "{x}", "", "\\", "Ёж"];
      expect(ok(await service.rpc("echo_list", { items }))).toEqual(items);
      // By GET the client writes the array literal itself, without quoting.
      expect(ok(await service.rpc("echo_list", { items: ["a", "Ёж"] }, { get: true }))).toEqual(["a", "Ёж"]);
    },
  },
  {
    name: "rpc: a composite argument",
    run: async ({ service }) => {
      expect(ok(await service.rpc("echo_author", { author: { name: "Гоголь", born: 1809 } }))).toBe("Гоголь");
    },
  },
  {
    name: "rpc: variadic",
    run: async ({ service }) => {
      expect(ok(await service.rpc("total", { numbers: [1, 2, 3] }))).toBe(6);
    },
  },
  {
    name: "rpc: one unnamed json argument takes the whole body",
    run: async ({ service }) => {
      expect(ok(await service.rpc("unnamed", { any: { thing: [1] } }))).toEqual({ any: { thing: [1] } });
    },
  },
  {
    name: "rpc: void is 204",
    run: async ({ service }) => {
      const nothing = await service.rpc("nothing");
      expect([nothing.status, nothing.data, nothing.error]).toEqual([204, null, null]);
    },
  },
  {
    name: "rpc: a set of scalars is an array",
    run: async (target) => {
      const { tenant } = await makeLibrary(target);
      expect(ok(await target.service.rpc("titles", { of_tenant: tenant }))).toEqual([
        "Anna Karenina",
        "The Seagull",
        "War and Peace",
        "Без названия, (черновик)",
      ]);
    },
  },
  {
    name: "rpc: a set of a table's rows takes select, filters, order, limit, count and embeds",
    run: async (target) => {
      const { tenant } = await makeLibrary(target);
      const found = await target.service
        .rpc("books_of", { of_tenant: tenant }, { count: "exact" })
        .select("title, author:authors!books_author_fkey(born)")
        .gt("pages", 100)
        .order("pages")
        .limit(1);
      expect(found.data).toEqual([{ title: "Anna Karenina", author: { born: 1828 } }]);
      expect(found.count).toBe(2);
    },
  },
  {
    name: "rpc: filters beside arguments by GET",
    run: async (target) => {
      const { tenant } = await makeLibrary(target);
      expect(
        ok(
          await target.service
            .rpc("books_of", { of_tenant: tenant }, { get: true })
            .select("title")
            .eq("status", "done")
            .order("title"),
        ),
      ).toEqual([{ title: "Anna Karenina" }, { title: "War and Peace" }]);
    },
  },
  {
    name: "rpc: one row of a table is an object",
    run: async (target) => {
      const { tenant } = await makeLibrary(target);
      expect(ok(await target.service.rpc("first_book", { of_tenant: tenant }))).toMatchObject({
        title: "Anna Karenina",
        pages: 864,
      });
    },
  },
  {
    name: "rpc: returns table, and single() on it",
    run: async (target) => {
      const { tenant } = await makeLibrary(target);
      expect(ok(await target.service.rpc("page_counts", { of_tenant: tenant }).eq("pages", 96))).toEqual([
        { title: "The Seagull", pages: 96 },
      ]);
      expect(ok(await target.service.rpc("page_counts", { of_tenant: tenant }).eq("pages", 96).single())).toEqual({
        title: "The Seagull",
        pages: 96,
      });
      expect(failure(await target.service.rpc("page_counts", { of_tenant: tenant }).single())).toEqual({
        status: 406,
        code: "PGRST116",
      });
    },
  },
  {
    name: "rpc: out parameters are an object",
    run: async ({ service }) => {
      expect(ok(await service.rpc("split", { text: "Слово" }))).toEqual({ head: "С", tail: "лово" });
    },
  },
  {
    name: "rpc: overloads that both fit are 300 PGRST203",
    run: async ({ service }) => {
      expect(failure(await service.rpc("either", { a: 1 }))).toEqual({ status: 300, code: "PGRST203" });
    },
  },
  {
    name: "rpc: unknown, or with an unknown or missing argument, is 404 PGRST202",
    run: async ({ service }) => {
      const unknown = await service.rpc("nope", { b: 1, a: 2 });
      expect(failure(unknown)).toEqual({ status: 404, code: "PGRST202" });
      expect(unknown.error?.message).toBe("Could not find the function conformance.nope(a, b) in the schema cache");
      expect(failure(await service.rpc("add", { a: 1, c: 2 }))).toEqual({ status: 404, code: "PGRST202" });
      expect(failure(await service.rpc("add", { b: 1 }))).toEqual({ status: 404, code: "PGRST202" });
    },
  },
  {
    name: "rpc: a write by GET is 405 25006",
    run: async (target) => {
      const { books } = await makeLibrary(target);
      const refused = await target.service.rpc("rename", { book: books.war, new_title: "x" }, { get: true });
      expect(failure(refused)).toEqual({ status: 405, code: "25006" });
      expect((await target.service.rpc("rename", { book: books.war, new_title: "x" })).status).toBe(204);
      expect(ok(await target.service.from("books").select("title").eq("id", books.war).single())).toEqual({
        title: "x",
      });
    },
  },
  {
    name: "rpc: raised errors keep code, message, detail and hint",
    run: async ({ service }) => {
      const refused = await service.rpc("refuse", { state: "AJ001", message: "не ваше" });
      expect(failure(refused)).toEqual({ status: 400, code: "AJ001" });
      expect(refused.error).toMatchObject({ message: "не ваше", details: "the detail", hint: "the hint" });
    },
  },
  ...refusals,
  {
    name: "rpc: vectors as an argument and as an array of texts",
    run: async (target) => {
      const { tenant, tolstoy } = await makeLibrary(target);
      expect(
        ok(
          await target.service.rpc("store_vectors", {
            of_tenant: tenant,
            author: tolstoy,
            vectors: ["[0,0,1]", "[0,1,1]"],
          }),
        ),
      ).toBe(2);
      const nearest: { title: string; distance: number } = ok(
        await target.service.rpc("nearest", { query: "[0,0,1]", of_tenant: tenant }).limit(1).single(),
      );
      expect(nearest.title).toBe("vector 1");
      expect(nearest.distance).toBeCloseTo(0, 6);
    },
  },
];
