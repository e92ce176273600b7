import { expect } from "vitest";
import type { ConformanceCase, Row } from "../target.ts";
import { failure, makeLibrary, ok } from "../target.ts";

export const writing: readonly ConformanceCase[] = [
  {
    name: "insert: without select, 201 and no data",
    run: async (target) => {
      const made = await target.service.from("genres").insert({ tenant: crypto.randomUUID(), name: "x" });
      expect([made.status, made.data, made.error]).toEqual([201, null, null]);
    },
  },
  {
    name: "insert: many, in order, with what the database filled in",
    run: async (target) => {
      const { tenant, tolstoy } = await makeLibrary(target);
      const rows = ok(
        await target.service
          .from("books")
          .insert([
            { tenant, author_id: tolstoy, title: "a" },
            { tenant, author_id: tolstoy, title: "b" },
          ])
          .select("title,status,tags,meta"),
      );
      expect(rows).toEqual([
        { title: "a", status: "draft", tags: [], meta: {} },
        { title: "b", status: "draft", tags: [], meta: {} },
      ]);
    },
  },
  {
    name: "insert: an absent key is NULL, or the default with defaultToNull: false",
    run: async (target) => {
      const { tenant, tolstoy } = await makeLibrary(target);
      const rows = [
        { tenant, author_id: tolstoy, title: "a" },
        { tenant, author_id: tolstoy, title: "b", status: "done" },
      ];
      expect(failure(await target.service.from("books").insert(rows))).toEqual({ status: 400, code: "23502" });
      expect(ok(await target.service.from("books").insert(rows, { defaultToNull: false }).select("status"))).toEqual([
        { status: "draft" },
        { status: "done" },
      ]);
    },
  },
  {
    name: "insert: the count of rows written",
    run: async (target) => {
      const tenant = crypto.randomUUID();
      const made = await target.service.from("genres").insert(
        [
          { tenant, name: "a" },
          { tenant, name: "b" },
        ],
        { count: "exact" },
      );
      expect([made.count, made.status]).toEqual([2, 201]);
    },
  },
  {
    name: "insert: nothing at all, and a row of defaults",
    run: async (target) => {
      expect(ok(await target.service.from("genres").insert([]).select())).toEqual([]);
      expect(ok(await target.service.from("kinds").insert({}).select("big"))).toEqual([{ big: null }]);
    },
  },
  {
    name: "insert: a vector as text and as an array of numbers",
    run: async (target) => {
      const { tenant, tolstoy } = await makeLibrary(target);
      const rows = ok(
        await target.service
          .from("books")
          .insert([
            { tenant, author_id: tolstoy, title: "v", embedding: [1, 2, 3] },
            { tenant, author_id: tolstoy, title: "w", embedding: "[4,5,6]" },
          ])
          .select("embedding"),
      );
      expect(rows).toEqual([{ embedding: "[1,2,3]" }, { embedding: "[4,5,6]" }]);
    },
  },
  {
    name: "insert: all or none of the rows",
    run: async (target) => {
      const { tenant, tolstoy } = await makeLibrary(target);
      const refused = await target.service.from("books").insert([
        { tenant, author_id: tolstoy, title: "fresh", isbn: "9" },
        { tenant, author_id: tolstoy, title: "again", isbn: "1" },
      ]);
      expect(failure(refused)).toEqual({ status: 409, code: "23505" });
      expect(ok(await target.service.from("books").select("id").eq("tenant", tenant).eq("title", "fresh"))).toEqual([]);
    },
  },
  {
    name: "insert: 23505 and 23503 are 409 with the database's details",
    run: async (target) => {
      const { tenant, tolstoy } = await makeLibrary(target);
      const twice = await target.service.from("books").insert({ tenant, author_id: tolstoy, title: "x", isbn: "1" });
      expect(failure(twice)).toEqual({ status: 409, code: "23505" });
      expect(twice.error?.message).toBe('duplicate key value violates unique constraint "books_tenant_isbn_key"');
      expect(twice.error?.details).toBe(`Key (tenant, isbn)=(${tenant}, 1) already exists.`);
      const orphan = await target.service.from("books").insert({ tenant, author_id: crypto.randomUUID(), title: "x" });
      expect(failure(orphan)).toEqual({ status: 409, code: "23503" });
    },
  },
  {
    name: "insert: 23502, 23514 and 22P02 are 400",
    run: async (target) => {
      const { tenant, tolstoy } = await makeLibrary(target);
      const insert = (row: object) =>
        target.service.from("books").insert({ tenant, author_id: tolstoy, title: "x", ...row });
      expect(failure(await insert({ title: null }))).toEqual({ status: 400, code: "23502" });
      expect(failure(await insert({ pages: 0 }))).toEqual({ status: 400, code: "23514" });
      expect(failure(await insert({ pages: "many" }))).toEqual({ status: 400, code: "22P02" });
    },
  },
  {
    name: "insert: an unknown column is 400 PGRST204, a generated one 400 428C9",
    run: async (target) => {
      const { tenant, tolstoy } = await makeLibrary(target);
      const unknown = await target.service.from("books").insert({ tenant, author_id: tolstoy, title: "x", nope: 1 });
      expect(failure(unknown)).toEqual({ status: 400, code: "PGRST204" });
      expect(unknown.error?.message).toBe("Could not find the 'nope' column of 'books' in the schema cache");
      expect(
        failure(await target.service.from("books").insert({ tenant, author_id: tolstoy, title: "x", body: "x" })),
      ).toEqual({ status: 400, code: "428C9" });
    },
  },
  {
    name: "upsert: by the primary key",
    run: async (target) => {
      const id = crypto.randomUUID();
      ok(await target.service.from("genres").insert({ id, tenant: "t", name: "old" }).select());
      expect(ok(await target.service.from("genres").upsert({ id, tenant: "t", name: "new" }).select("name"))).toEqual([
        { name: "new" },
      ]);
    },
  },
  {
    name: "upsert: on another unique key, new and known rows together",
    run: async (target) => {
      const { tenant, tolstoy, books } = await makeLibrary(target);
      const rows = ok(
        await target.service
          .from("books")
          .upsert(
            [
              { tenant, author_id: tolstoy, isbn: "1", title: "War" },
              { tenant, author_id: tolstoy, isbn: "7", title: "New" },
            ],
            { onConflict: "tenant,isbn" },
          )
          .select("id,title")
          .order("title", { ascending: false }),
      );
      expect(rows.map(({ title }) => title)).toEqual(["War", "New"]);
      expect(rows[0]?.id).toBe(books.war);
      const kept = ok(await target.service.from("books").select("pages").eq("id", books.war).single());
      expect(kept).toEqual({ pages: 1225 });
    },
  },
  {
    name: "upsert: ignoreDuplicates leaves known rows and returns only new ones",
    run: async (target) => {
      const { tenant, tolstoy, books } = await makeLibrary(target);
      const rows = ok(
        await target.service
          .from("books")
          .upsert(
            [
              { tenant, author_id: tolstoy, isbn: "1", title: "changed" },
              { tenant, author_id: tolstoy, isbn: "8", title: "new" },
            ],
            { onConflict: "tenant,isbn", ignoreDuplicates: true },
          )
          .select("title"),
      );
      expect(rows).toEqual([{ title: "new" }]);
      expect(ok(await target.service.from("books").select("title").eq("id", books.war).single())).toEqual({
        title: "War and Peace",
      });
    },
  },
  {
    name: "update: returning, and 204 without select",
    run: async (target) => {
      const { books } = await makeLibrary(target);
      const { service } = target;
      expect(
        ok(
          await service
            .from("books")
            .update({ status: "read", meta: { n: 1 } })
            .eq("id", books.war)
            .select("status,meta"),
        ),
      ).toEqual([{ status: "read", meta: { n: 1 } }]);
      const silent = await service.from("books").update({ status: "again" }).eq("id", books.war);
      expect([silent.status, silent.data]).toEqual([204, null]);
    },
  },
  {
    name: "update: compare and set: a filter on the changed column, returned all the same",
    run: async (target) => {
      const { books } = await makeLibrary(target);
      const claim = () =>
        target.service
          .from("books")
          .update({ status: "taken" })
          .eq("id", books.seagull)
          .eq("status", "draft")
          .select("id");
      expect(ok(await claim())).toEqual([{ id: books.seagull }]);
      expect(ok(await claim())).toEqual([]);
    },
  },
  {
    name: "update: or, in and JSON filters, and the count of rows",
    run: async (target) => {
      const { tenant } = await makeLibrary(target);
      const changed = await target.service
        .from("books")
        .update({ status: "x" }, { count: "exact" })
        .eq("tenant", tenant)
        .or("pages.gt.1000,meta->size.eq.1");
      expect([changed.count, changed.status]).toEqual([2, 204]);
    },
  },
  {
    name: "update: several rows where one is wanted are refused and undone",
    run: async (target) => {
      const { tenant } = await makeLibrary(target);
      expect(
        failure(await target.service.from("books").update({ status: "x" }).eq("tenant", tenant).select().single()),
      ).toEqual({ status: 406, code: "PGRST116" });
      expect(ok(await target.service.from("books").select("id").eq("tenant", tenant).eq("status", "x"))).toEqual([]);
    },
  },
  {
    name: "update and delete without a filter are 400 21000",
    run: async (target) => {
      expect(
        failure(await target.raw("/rest/v1/genres", { method: "PATCH", body: '{"name":"x"}' }).then(refusal)),
      ).toEqual({ status: 400, code: "21000" });
      expect(failure(await target.raw("/rest/v1/genres", { method: "DELETE" }).then(refusal))).toEqual({
        status: 400,
        code: "21000",
      });
    },
  },
  {
    name: "maxAffected refuses and undoes a write of more rows: 400 PGRST124",
    run: async (target) => {
      const { tenant } = await makeLibrary(target);
      // Typed for PostgREST 13 and later only.
      const deletion: Row = target.service.from("books").delete().eq("tenant", tenant);
      const refused = await deletion.maxAffected(3).select("id");
      expect(failure(refused)).toEqual({ status: 400, code: "PGRST124" });
      expect(ok(await target.service.from("books").select("id").eq("tenant", tenant))).toHaveLength(4);
    },
  },
  {
    name: "delete: returning, and counted",
    run: async (target) => {
      const { tenant, books } = await makeLibrary(target);
      expect(ok(await target.service.from("books").delete().eq("id", books.war).select("title"))).toEqual([
        { title: "War and Peace" },
      ]);
      const rest = await target.service.from("books").delete({ count: "exact" }).eq("tenant", tenant);
      expect([rest.status, rest.count]).toEqual([204, 3]);
    },
  },
];

const refusal = async (response: Response): Promise<{ status: number; error: { code: string; message: string } }> => ({
  status: response.status,
  error: (await response.json()) as { code: string; message: string },
});
