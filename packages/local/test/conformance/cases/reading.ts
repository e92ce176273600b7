import { expect } from "vitest";
import type { ConformanceCase } from "../target.ts";
import { failure, makeLibrary, ok } from "../target.ts";

export const reading: readonly ConformanceCase[] = [
  {
    name: "select: chosen columns, in any order",
    run: async (target) => {
      const { tenant } = await makeLibrary(target);
      const rows = ok(await target.service.from("authors").select("name,born").eq("tenant", tenant).order("born"));
      expect(rows).toEqual([
        { name: "Лев Толстой", born: 1828 },
        { name: "Антон Чехов", born: 1860 },
      ]);
    },
  },
  {
    name: "select: aliases and casts",
    run: async (target) => {
      const { books } = await makeLibrary(target);
      const row = ok(
        await target.service.from("books").select("length:pages::text, pages").eq("id", books.war).single(),
      );
      expect(row).toEqual({ length: "1225", pages: 1225 });
    },
  },
  {
    name: "select: steps into JSON, as JSON and as text",
    run: async (target) => {
      const { books } = await makeLibrary(target);
      const { service } = target;
      const war = ok(
        await service.from("books").select("meta->a->>b, whole:meta->a, meta->size").eq("id", books.war).single(),
      );
      expect(war).toEqual({ b: "x", whole: { b: "x" }, size: 3 });
      const anna = ok(await service.from("books").select("second:meta->list->>1").eq("id", books.anna).single());
      expect(anna).toEqual({ second: "q" });
    },
  },
  {
    name: "select: a column of a composite or array by path",
    run: async (target) => {
      const { books } = await makeLibrary(target);
      expect(ok(await target.service.from("books").select("first:tags->0").eq("id", books.war).single())).toEqual({
        first: "war",
      });
    },
  },
  {
    name: "order: several columns, nulls first and last",
    run: async (target) => {
      const { tenant, books } = await makeLibrary(target);
      const all = () => target.service.from("books").select("id").eq("tenant", tenant);
      const ids = (rows: { id: number }[]) => rows.map(({ id }) => id);
      expect(ids(ok(await all().order("pages", { ascending: false, nullsFirst: false })))).toEqual([
        books.war,
        books.anna,
        books.seagull,
        books.untitled,
      ]);
      expect(ids(ok(await all().order("pages", { ascending: true, nullsFirst: true })))).toEqual([
        books.untitled,
        books.seagull,
        books.anna,
        books.war,
      ]);
      const byStatus = ids(ok(await all().order("status").order("title", { ascending: false })));
      expect(byStatus).toEqual([books.war, books.anna, books.untitled, books.seagull]);
    },
  },
  {
    name: "order: by a JSON path",
    run: async (target) => {
      const { tenant } = await makeLibrary(target);
      const rows = ok(
        await target.service
          .from("books")
          .select("title")
          .eq("tenant", tenant)
          .not("meta->size", "is", null)
          .order("meta->size"),
      );
      expect(rows.map(({ title }) => title)).toEqual(["The Seagull", "Anna Karenina", "War and Peace"]);
    },
  },
  {
    name: "range: a page with its exact count is 206",
    run: async (target) => {
      const { tenant } = await makeLibrary(target);
      const page = await target.service
        .from("books")
        .select("title", { count: "exact" })
        .eq("tenant", tenant)
        .order("title")
        .range(1, 2);
      expect(page.status).toBe(206);
      expect(page.count).toBe(4);
      expect(page.data).toHaveLength(2);
    },
  },
  {
    name: "range: the whole with its count is 200",
    run: async (target) => {
      const { tenant } = await makeLibrary(target);
      const whole = await target.service.from("books").select("id", { count: "exact" }).eq("tenant", tenant);
      expect([whole.status, whole.count]).toEqual([200, 4]);
    },
  },
  {
    name: "range: beyond the end is 416 PGRST103 when counted, an empty page otherwise",
    run: async (target) => {
      const { tenant } = await makeLibrary(target);
      const counted = await target.service
        .from("books")
        .select("id", { count: "exact" })
        .eq("tenant", tenant)
        .range(10, 19);
      expect(failure(counted)).toEqual({ status: 416, code: "PGRST103" });
      expect(ok(await target.service.from("books").select("id").eq("tenant", tenant).range(10, 19))).toEqual([]);
    },
  },
  {
    name: "limit without an offset",
    run: async (target) => {
      const { tenant } = await makeLibrary(target);
      expect(ok(await target.service.from("books").select("id").eq("tenant", tenant).limit(3))).toHaveLength(3);
      expect(ok(await target.service.from("books").select("id").eq("tenant", tenant).limit(0))).toEqual([]);
    },
  },
  {
    name: "head: a count without rows",
    run: async (target) => {
      const { tenant } = await makeLibrary(target);
      const counted = await target.service
        .from("books")
        .select("*", { count: "exact", head: true })
        .eq("tenant", tenant);
      expect([counted.status, counted.count, counted.data]).toEqual([200, 4, null]);
    },
  },
  {
    name: "Content-Range names the rows and the total",
    run: async (target) => {
      const { tenant } = await makeLibrary(target);
      const counted = await target.raw(`/rest/v1/books?select=id&tenant=eq.${tenant}&limit=2`, {
        headers: { prefer: "count=exact" },
      });
      expect(counted.headers.get("content-range")).toBe("0-1/4");
      const plain = await target.raw(`/rest/v1/books?select=id&tenant=eq.${tenant}`);
      expect(plain.headers.get("content-range")).toBe("0-3/*");
      const none = await target.raw("/rest/v1/books?select=id&tenant=eq.none");
      expect(none.headers.get("content-range")).toBe("*/*");
    },
  },
  {
    name: "single: one row as an object, none or several are 406 PGRST116",
    run: async (target) => {
      const { tenant, books } = await makeLibrary(target);
      const { service } = target;
      expect(ok(await service.from("books").select("title").eq("id", books.war).single())).toEqual({
        title: "War and Peace",
      });
      expect(failure(await service.from("books").select().eq("tenant", "none").single())).toEqual({
        status: 406,
        code: "PGRST116",
      });
      const several = await service.from("books").select().eq("tenant", tenant).single();
      expect(failure(several)).toEqual({ status: 406, code: "PGRST116" });
      expect(several.error?.details).toBe("The result contains 4 rows");
    },
  },
  {
    name: "maybeSingle: none is null, several are an error",
    run: async (target) => {
      const { tenant } = await makeLibrary(target);
      const none = await target.service.from("books").select().eq("tenant", "none").maybeSingle();
      expect([none.data, none.error]).toEqual([null, null]);
      expect((await target.service.from("books").select().eq("tenant", tenant).maybeSingle()).error?.code).toBe(
        "PGRST116",
      );
    },
  },
  {
    name: "csv",
    run: async (target) => {
      const { books } = await makeLibrary(target);
      const text = ok(await target.service.from("books").select("title,pages").eq("id", books.war).csv());
      expect(text).toBe('title,pages\n"War and Peace",1225');
    },
  },
  {
    name: "names in another alphabet, with spaces and quotes around them",
    run: async (target) => {
      const key = crypto.randomUUID();
      const row = { ключ: key, "значение с пробелом": 'ёж, «кавычки» и "прямые"' };
      expect(ok(await target.service.from("Слова").insert(row).select().single())).toEqual(row);
      expect(ok(await target.service.from("Слова").select('"значение с пробелом"').eq("ключ", key).single())).toEqual({
        "значение с пробелом": row["значение с пробелом"],
      });
    },
  },
  {
    name: "kinds on the wire: bigint and numeric are numbers, bytea hexadecimal, vectors and ranges text",
    run: async (target) => {
      const values = {
        big: 9_007_199_254_740_991,
        exact: 1.5,
        float: 0.1,
        bytes: String.raw`\x00ff`,
        instant: "2026-01-02T03:04:05.678+00:00",
        local: "2026-01-02T03:04:05",
        day: "2026-01-02",
        span: "1 day 02:00:00",
        document: { b: 1, a: [null, true] },
        binary_document: { a: "ы" },
        numbers: [1, 2],
        flag: true,
      };
      const stored = ok(await target.service.from("kinds").insert(values).select().single());
      const { id: _, ...rest } = stored as typeof values & { id: string };
      expect(rest).toEqual(values);
      const { books } = await makeLibrary(target);
      const book = ok(
        await target.service.from("books").select("price,span,embedding,tags").eq("id", books.war).single(),
      );
      expect(book).toEqual({ price: 19.5, span: "[1,10)", embedding: "[1,0,0]", tags: ["war", "long"] });
    },
  },
];
