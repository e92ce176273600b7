import { randomUUID } from "node:crypto";
import { expect, inject, test } from "vitest";
import { connectSupabase, pingSupabase } from "../src/client.ts";
import { makeDocuments } from "../src/documents.ts";
import { UnavailableError } from "../src/errors.ts";
import { makeSweepLease } from "../src/leases.ts";
import { apiKeys, files, makePlace, rowsOf, supabase } from "./fixture.ts";

test("an API key is found until it is revoked, and is not stored", async () => {
  const { orgId } = await makePlace();
  const { key, id } = await apiKeys.create({ orgId, name: "CI", scopes: ["documents:read"] });
  expect(key).toMatch(/^gak_[\w-]{43}$/);
  expect(await apiKeys.find({ presentedKey: key })).toEqual({
    id,
    orgId,
    scopes: ["documents:read"],
    ratePerMinute: null,
  });
  expect(await apiKeys.find({ presentedKey: `${key}x` })).toBeUndefined();
  expect(await apiKeys.find({ presentedKey: "password" })).toBeUndefined();
  expect(JSON.stringify(await rowsOf(orgId))).not.toContain(key.slice(4));
  expect(await apiKeys.list({ orgId })).toMatchObject([{ id, name: "CI", revokedAt: null }]);
  expect(await apiKeys.revoke({ orgId, id })).toBe(true);
  expect(await apiKeys.revoke({ orgId, id })).toBe(false);
  expect(await apiKeys.find({ presentedKey: key })).toBeUndefined();
});

test("a sweep lease has one holder, who may renew it; an expired one is anybody's", async () => {
  const lease = makeSweepLease(supabase);
  const name = `sweep-${randomUUID()}`;
  expect(await lease(name, "a", 60)).toBe(true);
  expect(await lease(name, "b", 60)).toBe(false);
  expect(await lease(name, "a", -1)).toBe(true);
  expect(await lease(name, "b", 60)).toBe(true);
  expect(await lease(name, "a", 60)).toBe(false);
});

test("files: bytes come back as they went in; replaced, removed, missing", async () => {
  const orgId = randomUUID();
  const path = `${orgId}/texts/${randomUUID()}/1.txt`;
  await files.upload({ orgId, path, body: "Ёлка 😀", contentType: "text/plain; charset=utf-8" });
  expect(await (await files.download({ orgId, path })).text()).toBe("Ёлка 😀");
  await files.upload({ orgId, path, body: new Uint8Array([0, 255, 10]), contentType: "application/octet-stream" });
  expect(new Uint8Array(await (await files.download({ orgId, path })).arrayBuffer())).toEqual(
    new Uint8Array([0, 255, 10]),
  );
  await files.remove({ orgId, paths: [path] });
  await files.remove({ orgId, paths: [path] });
  await expect(files.download({ orgId, path })).rejects.toMatchObject({ code: "file_missing" });
});

test("the ping answers for a migrated database; an outage is worth a retry, a wrong key is not", async () => {
  const signal = AbortSignal.timeout(10_000);
  await pingSupabase(supabase, signal);
  const url = "http://127.0.0.1:1";
  const away = connectSupabase({ url, serviceRoleKey: { reveal: () => "x.y.z" } });
  const outage: unknown = await makeDocuments(away)
    .claimProcessing({ orgId: randomUUID(), documentId: randomUUID(), leaseSeconds: 1 })
    .catch((error: unknown) => error);
  expect(outage).toBeInstanceOf(UnavailableError);
  const stranger = connectSupabase({ url: inject("stack").SUPABASE_URL, serviceRoleKey: { reveal: () => "x.y.z" } });
  await expect(pingSupabase(stranger, signal)).rejects.toMatchObject({ code: "database_refused" });
});
