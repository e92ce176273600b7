import { expect } from "vitest";
import type { ConformanceCase } from "../target.ts";
import { connect, failure, makeLibrary, ok, schema } from "../target.ts";

export const access: readonly ConformanceCase[] = [
  {
    name: "roles: the key decides, policies read the claims",
    run: async ({ service, anon }) => {
      expect(ok(await service.rpc("whoami"))).toEqual({ role: "service_role", sub: null, claimed: "service_role" });
      expect(ok(await anon.rpc("whoami"))).toEqual({ role: "anon", sub: null, claimed: "anon" });
    },
  },
  {
    name: "roles: a user's token beside the anon key",
    needsTokens: true,
    run: async ({ user }) => {
      const id = crypto.randomUUID();
      expect(ok(await (await user(id)).rpc("whoami"))).toEqual({
        role: "authenticated",
        sub: id,
        claimed: "authenticated",
      });
    },
  },
  {
    name: "rls: each sees and writes only their own, nobody anonymous anything",
    needsTokens: true,
    run: async ({ user, anon, service }) => {
      const [mine, theirs] = [crypto.randomUUID(), crypto.randomUUID()];
      const me = await user(mine);
      const note = ok(await me.from("notes").insert({ text: "моё" }).select().single());
      expect(note).toMatchObject({ owner: mine, text: "моё" });
      expect(ok(await (await user(theirs)).from("notes").select().eq("id", note.id))).toEqual([]);
      expect(ok(await anon.from("notes").select().eq("id", note.id))).toEqual([]);
      expect(ok(await service.from("notes").select("text").eq("id", note.id))).toEqual([{ text: "моё" }]);
      expect(failure(await me.from("notes").insert({ text: "x", owner: theirs }))).toEqual({
        status: 403,
        code: "42501",
      });
      expect(ok(await (await user(theirs)).from("notes").update({ text: "x" }).eq("id", note.id).select())).toEqual([]);
    },
  },
  {
    name: "rls: an anonymous insert against the policies is 401 42501",
    run: async ({ anon }) => {
      expect(failure(await anon.from("notes").insert({ text: "x", owner: crypto.randomUUID() }))).toEqual({
        status: 401,
        code: "42501",
      });
    },
  },
  {
    name: "grants: a table without them is 401 for anon, 403 for a user",
    run: async ({ anon, service }) => {
      expect(failure(await anon.from("vault").select())).toEqual({ status: 401, code: "42501" });
      expect(ok(await service.from("vault").select())).toEqual([]);
    },
  },
  {
    name: "grants: 403 for a user",
    needsTokens: true,
    run: async ({ user }) => {
      expect(failure(await (await user(crypto.randomUUID())).from("vault").select())).toEqual({
        status: 403,
        code: "42501",
      });
    },
  },
  {
    name: "tokens: expired, forged and malformed are 401",
    needsTokens: true,
    run: async ({ url, anonKey, signToken }) => {
      const expired = (await signToken?.({ role: "authenticated", exp: Math.floor(Date.now() / 1_000) - 3_600 })) ?? "";
      const valid = (await signToken?.({ role: "authenticated", sub: crypto.randomUUID() })) ?? "";
      const [head, , signature] = valid.split(".");
      const forged = `${head}.${Buffer.from('{"role":"service_role"}').toString("base64url")}.${signature}`;
      const select = (token: string) => connect(url, anonKey, token).from("books").select("id").limit(1);
      expect(failure(await select(expired))).toEqual({ status: 401, code: "PGRST303" });
      expect(failure(await select(forged))).toEqual({ status: 401, code: "PGRST301" });
      expect(failure(await select("a.b"))).toEqual({ status: 401, code: "PGRST301" });
    },
  },
  {
    name: "tokens: unsigned (alg none) is 401",
    run: async ({ url, anonKey }) => {
      const part = (json: object): string => Buffer.from(JSON.stringify(json)).toString("base64url");
      const unsigned = `${part({ alg: "none", typ: "JWT" })}.${part({ role: "service_role" })}.`;
      expect((await connect(url, anonKey, unsigned).from("books").select("id")).status).toBe(401);
    },
  },
  {
    name: "tokens: a role that the API may not take on is refused",
    needsTokens: true,
    run: async ({ url, anonKey, signToken }) => {
      for (const role of ["postgres", "supabase_admin", "nobody-at-all"]) {
        const token = (await signToken?.({ role })) ?? "";
        const refused = await connect(url, anonKey, token).from("books").select("id").limit(1);
        expect(refused.error).not.toBeNull();
        expect([401, 403]).toContain(refused.status);
      }
    },
  },
  {
    name: "keys: none and a wrong one are 401",
    run: async ({ url, anonKey }) => {
      expect((await fetch(`${url}/rest/v1/books`)).status).toBe(401);
      expect(
        (
          await connect(url, `${anonKey.slice(0, -4)}AAAA`)
            .from("books")
            .select()
        ).status,
      ).toBe(401);
    },
  },
  {
    name: "schemas: one that is not exposed is 406 PGRST106",
    run: async ({ url, serviceRoleKey, raw }) => {
      const hidden = await raw("/rest/v1/users", { headers: { "accept-profile": "auth" } });
      expect([hidden.status, ((await hidden.json()) as { code: string }).code]).toEqual([406, "PGRST106"]);
      expect(
        (await fetch(`${url}/rest/v1/books?limit=1`, { headers: { apikey: serviceRoleKey, "accept-profile": schema } }))
          .status,
      ).toBe(200);
    },
  },
  {
    name: "tables: an unknown one is 404 PGRST205",
    run: async ({ service }) => {
      const unknown = await service.from("nope").select();
      expect(failure(unknown)).toEqual({ status: 404, code: "PGRST205" });
      expect(unknown.error?.message).toBe("Could not find the table 'conformance.nope' in the schema cache");
    },
  },
  {
    name: "bodies: malformed JSON is 400 PGRST102",
    run: async ({ raw }) => {
      for (const body of ["{", '[{"tenant":"a"},', "nope"]) {
        const refused = await raw("/rest/v1/genres", { method: "POST", body });
        expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([400, "PGRST102"]);
      }
    },
  },
  {
    name: "bodies: rows with different keys are 400 PGRST102",
    run: async ({ raw }) => {
      const refused = await raw("/rest/v1/genres", {
        method: "POST",
        body: '[{"tenant":"a","name":"b"},{"tenant":"a"}]',
      });
      expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([400, "PGRST102"]);
    },
  },
  {
    name: "no SQL gets in through names, operators, casts, orders, headers or paths",
    run: async (target) => {
      const { tenant, books } = await makeLibrary(target);
      const attack = `x"; delete from conformance.books; --`;
      const bad = encodeURIComponent(attack);
      const quoted = encodeURIComponent(`"x\\"; delete from conformance.books; --"`);
      const paths = [
        `/rest/v1/${bad}`,
        `/rest/v1/rpc/${bad}`,
        `/rest/v1/books?select=${bad}`,
        `/rest/v1/books?select=${quoted}`,
        `/rest/v1/books?select=a:${quoted}`,
        `/rest/v1/books?select=title::${bad}`,
        `/rest/v1/books?select=title::text)%20from%20vault--`,
        `/rest/v1/books?select=meta->${quoted}`,
        `/rest/v1/books?order=${bad}`,
        `/rest/v1/books?order=title.desc;${bad}`,
        `/rest/v1/books?order=${quoted}`,
        `/rest/v1/books?limit=1;${bad}`,
        `/rest/v1/books?offset=1)${bad}`,
        `/rest/v1/books?title=fts(${bad}).x`,
        `/rest/v1/books?title=eq(any;${bad}).x`,
        `/rest/v1/books?title=is.null;${bad}`,
        `/rest/v1/books?${quoted}=eq.1`,
        `/rest/v1/books?or=(title.eq.x)${bad}`,
        `/rest/v1/rpc/add?a=1)${bad}`,
        `/rest/v1/rpc/add?a=1&${quoted}=1`,
      ];
      for (const path of paths) {
        const response = await target.raw(path);
        expect([path, response.status < 500]).toEqual([path, true]);
      }
      for (const value of [
        `' or '1'='1`,
        `\\'; select 1; --`,
        `'); delete from conformance.books; --`,
        `$1`,
        `E'\\x'`,
      ]) {
        expect(ok(await target.service.from("books").select("id").eq("title", value))).toEqual([]);
        expect(ok(await target.service.from("books").select("id").in("title", [value]))).toEqual([]);
        expect(ok(await target.service.rpc("echo", { payload: value }))).toBe(value);
      }
      const upsert = await target.raw(`/rest/v1/books?on_conflict=${quoted}&columns=${quoted}`, {
        method: "POST",
        body: JSON.stringify([{ tenant, title: "x", [attack]: 1 }]),
        headers: { prefer: "resolution=merge-duplicates", "content-profile": schema },
      });
      expect(upsert.status).toBe(400);
      const zone = await target.raw("/rest/v1/books?limit=1", {
        headers: { prefer: `timezone='; delete from conformance.books; --` },
      });
      expect(zone.status).toBeLessThan(500);
      const profile = await target.raw("/rest/v1/books", {
        headers: { "accept-profile": `x"; drop schema conformance cascade; --` },
      });
      expect(profile.status).toBe(406);
      expect(ok(await target.service.from("books").select("id").eq("id", books.war))).toHaveLength(1);
    },
  },
];
