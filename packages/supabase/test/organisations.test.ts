import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { eraseOrganisation } from "../src/erase-organisation.ts";
import { makeCrmScene } from "./crm-scene.ts";
import {
  apiKeys,
  chunks,
  documents,
  documentStages,
  files,
  idempotency,
  legacy,
  makePlace,
  organisations,
  passages,
  process,
  cut,
  publish,
  queue,
  readGraph,
  rowsOf,
  sendWebhook,
  supabase,
} from "./fixture.ts";
import { makeInboundScene } from "./webhooks-in.fixture.ts";

/** An organisation with something of everything. */
const settle = async () => {
  const place = await makePlace();
  const { orgId } = place;
  const leased = await publish(place, ["Ромашка купила Лютик."]);
  await readGraph(place, leased, ["Ромашка", "Лютик"]);
  await queue(place);
  await sendWebhook(orgId);
  await makeInboundScene(orgId);
  await makeCrmScene(orgId);
  await apiKeys.create({ orgId, name: "ключ", scopes: ["*"] });
  const paths = [`${orgId}/documents/a/b.txt`, `${orgId}/texts/c.txt`, `${orgId}/d.txt`];
  for (const path of paths) await files.upload({ orgId, path, body: "x", contentType: "text/plain" });
  return { ...place, paths };
};

test("an organisation is erased from every table and the bucket; its neighbour keeps everything", async () => {
  const [gone, neighbour] = [await settle(), await settle()];
  const before = await rowsOf(neighbour.orgId);
  const counted = await organisations.countRows({ orgId: gone.orgId });
  expect(Object.keys(counted).length).toBeGreaterThan(20);

  const jobs = { remove: async () => ({ removed: 0 }) };
  const erased = await eraseOrganisation({ organisations, files, jobs }, { orgId: gone.orgId, keepApiKeys: true });
  expect(erased).toMatchObject({ done: true, files: gone.paths.length });
  expect(erased.rows).toBeGreaterThan(30);
  expect(await organisations.countRows({ orgId: gone.orgId })).toEqual({ api_keys: 1 });
  expect(await organisations.listObjects({ orgId: gone.orgId, limit: 10 })).toEqual([]);

  await eraseOrganisation({ organisations, files, jobs }, { orgId: gone.orgId, keepApiKeys: false });
  expect(await organisations.countRows({ orgId: gone.orgId })).toEqual({});
  expect(JSON.stringify(await rowsOf(gone.orgId))).not.toContain(gone.orgId);

  expect(await rowsOf(neighbour.orgId)).toEqual(before);
  const left = await Array.fromAsync(organisations.allObjects({ orgId: neighbour.orgId }));
  expect(left).toEqual(expect.arrayContaining(neighbour.paths));
});

test("an erasure that is cut off says so, and goes on when it is called again", async () => {
  const { orgId } = await settle();
  const jobs = { remove: async () => ({ removed: 0 }) };
  const until = AbortSignal.abort();
  const ports = { organisations, files, jobs };
  expect(await eraseOrganisation(ports, { orgId, keepApiKeys: false, until })).toMatchObject({ done: false, rows: 0 });
  expect(await eraseOrganisation(ports, { orgId, keepApiKeys: false })).toMatchObject({ done: true });
});

test("every row of a table is handed out, page by page, and no other organisation's", async () => {
  const place = await makePlace();
  const { id } = await queue(place);
  await queue(await makePlace());
  const rows = await Array.fromAsync(organisations.exportRows({ orgId: place.orgId, table: "documents" }));
  expect(rows).toMatchObject([{ id, org_id: place.orgId, state: "queued" }]);
  const nonsense = Array.fromAsync(organisations.exportRows({ orgId: place.orgId, table: "pg_authid" }));
  await expect(nonsense).rejects.toThrow("no table");
  const listed = await organisations.list({ limit: 900 });
  expect(listed.find(({ orgId }) => orgId === place.orgId)).toMatchObject({ knowledgeBases: 1, documents: 1 });
});

test("an idempotency key runs once, replays its answer, refuses another request, and is free after a failure", async () => {
  const request = { orgId: randomUUID(), key: "k", requestSha256: "ab".repeat(32), leaseSeconds: 60 };
  const first = await idempotency.begin(request);
  if (first.outcome !== "run") throw new Error("the first one runs");
  expect(await idempotency.begin(request)).toEqual({ outcome: "running" });
  expect(await idempotency.begin({ ...request, requestSha256: "cd".repeat(32) })).toEqual({ outcome: "conflict" });
  expect(await idempotency.release({ ...request, lease: first.lease })).toBe(true);

  const abandoned = await idempotency.begin({ ...request, leaseSeconds: -1 });
  const second = await idempotency.begin(request);
  if (second.outcome !== "run" || abandoned.outcome !== "run") throw new Error("a lease that ran out is taken over");
  expect(await idempotency.end({ ...request, lease: abandoned.lease, status: 200, answer: "old" })).toBe(false);
  expect(await idempotency.end({ ...request, lease: second.lease, status: 201, answer: "sealed" })).toBe(true);
  expect(await idempotency.begin(request)).toEqual({ outcome: "replay", status: 201, answer: "sealed" });
  expect(await idempotency.begin({ ...request, orgId: randomUUID() })).toMatchObject({ outcome: "run" });
});

test("a document's stages are noted with their times; its text is read from where a hit is", async () => {
  const place = await makePlace();
  const { orgId } = place;
  const { documentId } = await publish(place, ["Первый. ", "Второй. ", "Третий."]);
  const states = (await documentStages.list({ orgId, documentId })).map(({ state }) => state);
  expect(states).toEqual(["queued", "processing", "embedding", "ready"]);

  const all = { orgId, documentId, generation: 1 };
  const page = await passages.list({ ...all, fromChar: 9, limit: 1 });
  expect(page.passages.map(({ content }) => content)).toEqual(["Второй. "]);
  const rest = await passages.list({ ...all, fromChar: 9, limit: 5, cursor: page.nextCursor });
  expect(rest.passages.map(({ ordinal }) => ordinal)).toEqual([2]);
  expect(rest).not.toHaveProperty("nextCursor");
  expect(await chunks.list({ ...all, limit: 5 })).toHaveLength(3);

  for (let run = 0; run < 6; run += 1) {
    await documents.fail({ orgId, documentId, state: "failed", code: "file_corrupt", message: "m" });
    const row = await documents.reprocess({ orgId, documentId });
    await process(place, documentId, cut(["x"])).catch(() => {});
    expect(row.generation).toBe(run + 2);
  }
  const kept = await documentStages.list({ orgId, documentId });
  expect(Math.min(...kept.map(({ generation }) => generation))).toBe(3);
});

test("an old producer's asset is a document of ours, until the platform says otherwise", async () => {
  const place = await makePlace();
  const { id, objectPath, name } = await queue(place);
  const found = { bucket: "agent-jobs", path: objectPath, name, knowledgeBaseId: place.base.id };
  expect(await legacy.asset({ orgId: place.orgId, assetId: id.toUpperCase() })).toMatchObject(found);
  expect(await legacy.article({ orgId: place.orgId, articleId: id })).toMatchObject(found);
  expect(await legacy.asset({ orgId: place.orgId, assetId: "42" })).toBeUndefined();
});

test("an asset's file is copied from the platform's own bucket, once", async () => {
  const orgId = randomUUID();
  await supabase.storage.createBucket(`assets-${orgId}`, { public: false });
  await supabase.storage.from(`assets-${orgId}`).upload("uploads/a.txt", "текст", { contentType: "text/plain" });
  const copy = {
    orgId,
    fromBucket: `assets-${orgId}`,
    fromPath: "uploads/a.txt",
    path: `${orgId}/documents/a/original`,
  };
  await files.adopt(copy);
  await files.adopt(copy);
  expect(await (await files.download({ orgId, path: copy.path })).text()).toBe("текст");
  await expect(files.adopt({ ...copy, fromPath: "nothing", path: `${orgId}/b` })).rejects.toMatchObject({
    code: "file_missing",
  });
  await expect(files.adopt({ ...copy, fromBucket: "agent-jobs", fromPath: `${randomUUID()}/a` })).rejects.toMatchObject(
    { code: "tenant_mismatch" },
  );
});
