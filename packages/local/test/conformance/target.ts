import { randomUUID } from "node:crypto";
import { createClient } from "@supabase/supabase-js";

/** A project under test: the local server over PGlite, over Postgres, or a hosted one. */
export interface ProjectAccess {
  readonly url: string;
  readonly serviceRoleKey: string;
  readonly anonKey: string;
  /** Signs a user's token; a hosted project does not tell its secret. */
  readonly signToken?: (claims: Readonly<Record<string, unknown>>) => Promise<string>;
}

export const schema = "conformance";

// The cases look at whole responses of a schema without generated types, so rows are what they are.
// oxlint-disable-next-line typescript/no-explicit-any -- an untyped client is `any` by supabase-js's own definition
export type Row = any;

export const connect = (url: string, key: string, accessToken?: string) =>
  createClient(url, key, {
    db: { schema },
    auth: { persistSession: false, autoRefreshToken: false },
    ...(accessToken === undefined ? {} : { global: { headers: { Authorization: `Bearer ${accessToken}` } } }),
  });

export type Client = ReturnType<typeof connect>;

export interface Target extends ProjectAccess {
  readonly service: Client;
  readonly anon: Client;
  /** A request as the service role without the client, for what it would never send. */
  readonly raw: (path: string, init?: RequestInit) => Promise<Response>;
  /** A signed-in user. */
  readonly user: (userId: string) => Promise<Client>;
}

export const openTarget = (access: ProjectAccess): Target => ({
  ...access,
  service: connect(access.url, access.serviceRoleKey),
  anon: connect(access.url, access.anonKey),
  raw: (path, init = {}) =>
    fetch(`${access.url}${path}`, {
      ...init,
      headers: {
        apikey: access.serviceRoleKey,
        authorization: `Bearer ${access.serviceRoleKey}`,
        "accept-profile": schema,
        "content-profile": schema,
        "content-type": "application/json",
        ...(init.headers as Record<string, string>),
      },
    }),
  user: async (userId) => {
    if (access.signToken === undefined) throw new Error("This target cannot sign a user's token");
    const exp = Math.floor(Date.now() / 1_000) + 600;
    return connect(access.url, access.anonKey, await access.signToken({ sub: userId, role: "authenticated", exp }));
  },
});

export interface ConformanceCase {
  readonly name: string;
  /** Not possible where the signing secret is unknown. */
  readonly needsTokens?: boolean;
  readonly run: (target: Target) => Promise<void>;
}

/** The data of a successful response. */
export const ok = <T>(response: { data: T; error: unknown }): NonNullable<T> => {
  if (response.error !== null || response.data === null) throw new Error(`Refused: ${JSON.stringify(response.error)}`);
  return response.data as NonNullable<T>;
};

export const failure = (response: {
  status: number;
  error: { code: string; message: string } | null;
}): { status: number; code: string | undefined } => ({ status: response.status, code: response.error?.code });

export interface Library {
  readonly tenant: string;
  /** Толстой, born 1828, and Чехов, born 1860, whose mentor is Толстой. */
  readonly tolstoy: string;
  readonly chekhov: string;
  /** War (Tolstoy, 1225 pages), Anna (Tolstoy, 864), Seagull (Chekhov edited by Tolstoy, 96), Untitled (Chekhov, null). */
  readonly books: { readonly war: number; readonly anna: number; readonly seagull: number; readonly untitled: number };
}

/** Two authors and four books under a tenant of their own. */
export const makeLibrary = async ({ service }: Target): Promise<Library> => {
  const tenant = randomUUID();
  const [tolstoy, chekhov] = [randomUUID(), randomUUID()];
  ok(
    await service
      .from("authors")
      .insert([
        { id: tolstoy, tenant, name: "Лев Толстой", born: 1828, mentor_id: null },
        { id: chekhov, tenant, name: "Антон Чехов", born: 1860, mentor_id: tolstoy },
      ])
      .select("id"),
  );
  const books: Row[] = ok(
    await service
      .from("books")
      .insert(
        [
          {
            author_id: tolstoy,
            title: "War and Peace",
            isbn: "1",
            price: 19.5,
            pages: 1225,
            status: "done",
            tags: ["war", "long"],
            meta: { size: 3, a: { b: "x" } },
            available: true,
            span: "[1,10)",
            embedding: "[1,0,0]",
          },
          {
            author_id: tolstoy,
            title: "Anna Karenina",
            isbn: "2",
            price: 12,
            pages: 864,
            status: "done",
            tags: ["long"],
            meta: { size: 2, list: ["p", "q"] },
            available: false,
            span: "[20,30)",
            embedding: "[0,1,0]",
          },
          {
            author_id: chekhov,
            editor_id: tolstoy,
            title: "The Seagull",
            isbn: "3",
            price: 5.25,
            pages: 96,
            tags: ["play"],
            meta: { size: 1 },
            available: true,
            span: "[5,25)",
            embedding: "[1,1,0]",
          },
          {
            author_id: chekhov,
            title: "Без названия, (черновик)",
            isbn: null,
            price: null,
            pages: null,
            meta: {},
            available: null,
            embedding: null,
          },
        ].map((book) => ({ ...book, tenant })),
        { defaultToNull: false },
      )
      .select("id,title"),
  );
  const id = (start: string): number => books.find(({ title }) => title.startsWith(start)).id;
  return {
    tenant,
    tolstoy,
    chekhov,
    books: { war: id("War"), anna: id("Anna"), seagull: id("The"), untitled: id("Без") },
  };
};
