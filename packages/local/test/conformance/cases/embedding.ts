import { expect } from "vitest";
import type { ConformanceCase } from "../target.ts";
import { failure, makeLibrary, ok } from "../target.ts";

export const embedding: readonly ConformanceCase[] = [
  {
    name: "embed: to-one by the foreign key's name, its column and an alias",
    run: async (target) => {
      const { books } = await makeLibrary(target);
      const seagull = ok(
        await target.service
          .from("books")
          .select("title, author:authors!books_author_fkey(name), editor_id(name), other:authors!editor_id(born)")
          .eq("id", books.seagull)
          .single(),
      );
      expect(seagull).toEqual({
        title: "The Seagull",
        author: { name: "Антон Чехов" },
        editor_id: { name: "Лев Толстой" },
        other: { born: 1828 },
      });
    },
  },
  {
    name: "embed: a to-one that is absent is null",
    run: async (target) => {
      const { books } = await makeLibrary(target);
      expect(
        ok(
          await target.service
            .from("books")
            .select("editor:authors!books_editor_fkey(name)")
            .eq("id", books.war)
            .single(),
        ),
      ).toEqual({ editor: null });
    },
  },
  {
    name: "embed: to-many with its own order and limit",
    run: async (target) => {
      const { tolstoy } = await makeLibrary(target);
      const author = ok(
        await target.service
          .from("authors")
          .select("name, books!books_author_fkey(title)")
          .eq("id", tolstoy)
          .order("pages", { referencedTable: "books", ascending: false })
          .limit(1, { referencedTable: "books" })
          .single(),
      );
      expect(author).toEqual({ name: "Лев Толстой", books: [{ title: "War and Peace" }] });
    },
  },
  {
    name: "embed: to-many without rows is an empty array",
    run: async (target) => {
      const { books } = await makeLibrary(target);
      expect(ok(await target.service.from("books").select("reviews(stars)").eq("id", books.war).single())).toEqual({
        reviews: [],
      });
    },
  },
  {
    name: "embed: one-to-one is an object from both sides",
    run: async (target) => {
      const { tolstoy } = await makeLibrary(target);
      ok(await target.service.from("profiles").insert({ author_id: tolstoy, bio: "count" }).select());
      expect(ok(await target.service.from("authors").select("profiles(bio)").eq("id", tolstoy).single())).toEqual({
        profiles: { bio: "count" },
      });
      expect(
        ok(await target.service.from("profiles").select("authors(born)").eq("author_id", tolstoy).single()),
      ).toEqual({ authors: { born: 1828 } });
    },
  },
  {
    name: "embed: many-to-many through a junction, both ways",
    run: async (target) => {
      const { tenant, books } = await makeLibrary(target);
      const genre = ok(await target.service.from("genres").insert({ tenant, name: "novel" }).select("id").single()).id;
      ok(
        await target.service
          .from("book_genres")
          .insert([
            { book_id: books.war, genre_id: genre },
            { book_id: books.anna, genre_id: genre },
          ])
          .select(),
      );
      expect(ok(await target.service.from("books").select("title, genres(name)").eq("id", books.war).single())).toEqual(
        { title: "War and Peace", genres: [{ name: "novel" }] },
      );
      const back = ok(
        await target.service
          .from("genres")
          .select("books(title)")
          .eq("id", genre)
          .order("title", { referencedTable: "books" })
          .single(),
      );
      expect(back).toEqual({ books: [{ title: "Anna Karenina" }, { title: "War and Peace" }] });
    },
  },
  {
    name: "embed: !inner keeps only rows that have one, a filter inside decides",
    run: async (target) => {
      const { tenant } = await makeLibrary(target);
      const rows = ok(
        await target.service
          .from("books")
          .select("title, authors!books_author_fkey!inner(name)")
          .eq("tenant", tenant)
          .eq("authors.born", 1860)
          .order("title"),
      );
      expect(rows).toEqual([
        { title: "The Seagull", authors: { name: "Антон Чехов" } },
        { title: "Без названия, (черновик)", authors: { name: "Антон Чехов" } },
      ]);
    },
  },
  {
    name: "embed: without !inner a filter inside only empties the embed",
    run: async (target) => {
      const { books } = await makeLibrary(target);
      const row = ok(
        await target.service
          .from("books")
          .select("title, authors!books_author_fkey(name)")
          .eq("id", books.war)
          .eq("authors.born", 1)
          .single(),
      );
      expect(row).toEqual({ title: "War and Peace", authors: null });
    },
  },
  {
    name: "embed: rows without one by is.null",
    run: async (target) => {
      const { tenant, books } = await makeLibrary(target);
      ok(await target.service.from("reviews").insert({ book_id: books.war, stars: 5 }).select());
      const without = ok(
        await target.service.from("books").select("id, reviews()").eq("tenant", tenant).is("reviews", null),
      );
      expect(without).toHaveLength(3);
      const having = ok(
        await target.service.from("books").select("id, reviews()").eq("tenant", tenant).not("reviews", "is", null),
      );
      expect(having).toEqual([{ id: books.war }]);
    },
  },
  {
    name: "embed: nested two deep, with or inside",
    run: async (target) => {
      const { tolstoy, books } = await makeLibrary(target);
      ok(
        await target.service
          .from("reviews")
          .insert([
            { book_id: books.war, stars: 5 },
            { book_id: books.war, stars: 1 },
            { book_id: books.anna, stars: 3 },
          ])
          .select(),
      );
      const author = ok(
        await target.service
          .from("authors")
          .select("books!books_author_fkey(title, reviews(stars))")
          .eq("id", tolstoy)
          .or("stars.eq.5,stars.eq.3", { referencedTable: "books.reviews" })
          .order("title", { referencedTable: "books" })
          .single(),
      );
      expect(author).toEqual({
        books: [
          { title: "Anna Karenina", reviews: [{ stars: 3 }] },
          { title: "War and Peace", reviews: [{ stars: 5 }] },
        ],
      });
    },
  },
  {
    name: "embed: spread of a to-one",
    run: async (target) => {
      const { books } = await makeLibrary(target);
      expect(
        ok(
          await target.service
            .from("books")
            .select("title, ...authors!books_author_fkey(writer:name, born)")
            .eq("id", books.war)
            .single(),
        ),
      ).toEqual({
        title: "War and Peace",
        writer: "Лев Толстой",
        born: 1828,
      });
    },
  },
  {
    name: "embed: a table to itself, by column and by table",
    run: async (target) => {
      const { chekhov, tolstoy } = await makeLibrary(target);
      expect(
        ok(await target.service.from("authors").select("mentor:mentor_id(name)").eq("id", chekhov).single()),
      ).toEqual({ mentor: { name: "Лев Толстой" } });
      expect(
        ok(await target.service.from("authors").select("pupils:authors(name)").eq("id", tolstoy).single()),
      ).toEqual({ pupils: [{ name: "Антон Чехов" }] });
    },
  },
  {
    name: "embed: a count of the related rows",
    run: async (target) => {
      const { tolstoy } = await makeLibrary(target);
      expect(
        ok(await target.service.from("authors").select("books!books_author_fkey(count)").eq("id", tolstoy).single()),
      ).toEqual({ books: [{ count: 2 }] });
    },
  },
  {
    name: "embed: order by a column of a to-one",
    run: async (target) => {
      const { tenant } = await makeLibrary(target);
      const rows = ok(
        await target.service
          .from("books")
          .select("title, author:authors!books_author_fkey(born)")
          .eq("tenant", tenant)
          .order("author(born)", { ascending: false })
          .order("title"),
      );
      expect(rows.map(({ title }) => title)).toEqual([
        "The Seagull",
        "Без названия, (черновик)",
        "Anna Karenina",
        "War and Peace",
      ]);
    },
  },
  {
    name: "embed: in what a write returns",
    run: async (target) => {
      const { tenant, tolstoy } = await makeLibrary(target);
      const row = ok(
        await target.service
          .from("books")
          .insert({ tenant, author_id: tolstoy, title: "Resurrection" })
          .select("title, author:authors!books_author_fkey(name)")
          .single(),
      );
      expect(row).toEqual({ title: "Resurrection", author: { name: "Лев Толстой" } });
    },
  },
  {
    name: "embed: no relationship is 400 PGRST200, several are 300 PGRST201",
    run: async (target) => {
      expect(failure(await target.service.from("books").select("vault(id)"))).toEqual({
        status: 400,
        code: "PGRST200",
      });
      expect(failure(await target.service.from("books").select("authors(name)"))).toEqual({
        status: 300,
        code: "PGRST201",
      });
    },
  },
  {
    name: "embed: a filter on what is not embedded is 400 PGRST108",
    run: async (target) => {
      expect(failure(await target.service.from("books").select("title").eq("authors.born", 1))).toEqual({
        status: 400,
        code: "PGRST108",
      });
    },
  },
];
