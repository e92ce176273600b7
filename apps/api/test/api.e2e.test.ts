import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { request } from "node:http";
import type { Socket } from "node:net";
import { kbFiles } from "@gpt-agent/jobs/queues/kb-files";
import { makeQueueClient } from "@gpt-agent/queue/client";
import { makeApiKeys } from "@gpt-agent/supabase/api-keys";
import { connectSupabase } from "@gpt-agent/supabase/client";
import { makeDocuments } from "@gpt-agent/supabase/documents";
import { makeFiles } from "@gpt-agent/supabase/files";
import { makeLimits } from "@gpt-agent/supabase/limits";
import { expect, inject, onTestFinished, test } from "vitest";
import { makeEndpoints } from "../src/app.ts";
import { makeClient } from "../src/testing/client.ts";
import { makeFakes } from "../src/testing/fakes.ts";
import { publishDocument } from "./publish-document.ts";
import { startApi, startProcess } from "./start-process.ts";

const { REDIS_URL, SUPABASE_URL, SUPABASE_SERVICE_ROLE_KEY } = inject("stack");
const supabase = connectSupabase({ url: SUPABASE_URL, serviceRoleKey: { reveal: () => SUPABASE_SERVICE_ROLE_KEY } });
const endpoints = makeEndpoints(makeFakes().ports);

/** An API process on the real stack with queues of its own, and organisations that call it. */
const setUp = async (env: Readonly<Record<string, string>> = {}) => {
  const prefix = `test-${randomUUID()}`;
  const api = await startApi({ REDIS_URL, SUPABASE_URL, SUPABASE_SERVICE_ROLE_KEY, JOB_QUEUE_PREFIX: prefix, ...env });
  const queue = makeQueueClient({ url: { reveal: () => REDIS_URL }, baseName: "agent-jobs", prefix });
  onTestFinished(() => queue.close());
  const signUp = async () => {
    const orgId = randomUUID();
    const { key } = await makeApiKeys(supabase).create({ orgId, name: "test", scopes: ["*"] });
    return makeClient({ url: api.url, endpoints, orgId, key });
  };
  return { ...api, queue, signUp };
};

const form = (name: string, content: string): FormData => {
  const data = new FormData();
  data.append("file", new File([content], name, { type: "text/plain" }));
  return data;
};

const stop = async (api: Awaited<ReturnType<typeof startApi>>): Promise<number | null> => {
  api.child.kill("SIGTERM");
  return api.exited;
};

test("an upload is a file, a row and a job; published, it is found with its place and its graph", async () => {
  const api = await setUp();
  const org = await api.signUp();
  const added = await org("POST", "/v1/documents", form("Поставки насосов.txt", "Завод «Прогресс»"));
  expect(added).toMatchObject({ status: 202, body: { name: "Поставки насосов.txt", state: "queued", byteSize: 31 } });
  const { id, knowledgeBaseId } = added.body;

  const { orgId } = org;
  const row = await makeDocuments(supabase).get({ orgId, documentId: id });
  const path = row?.objectPath ?? "";
  const stored = await makeFiles(supabase).download({ orgId, path });
  expect(await stored.text()).toBe("Завод «Прогресс»");
  expect(await api.queue.state(kbFiles)).toMatchObject({ prioritized: 1 });
  const board = await fetch(`${api.url}/admin/queues/api/queues?activeQueue=agent-jobs-kb-files&status=prioritized`);
  expect(await board.text()).toContain(id);

  await publishDocument(supabase, orgId, id);
  const { body: document } = await org("GET", `/v1/documents/${id}`);
  expect(document).toMatchObject({ state: "ready", graphState: "ready", settled: true, progress: 1, error: null });
  expect(document.counts).toMatchObject({ pages: 2, chunks: 1, embedded: 1, entities: 2, edges: 1 });

  const search = await org("POST", "/v1/search", { query: "куда поставляют насос?" });
  expect(search.body).toMatchObject({
    hits: [{ documentId: id, documentName: "Поставки насосов.txt", page: 1, pageTo: 2, headingPath: ["Поставки"] }],
  });
  expect(search.body).not.toHaveProperty("degraded");

  const { entities } = (await org("GET", `/v1/graph/entities?knowledgeBaseId=${knowledgeBaseId}`)).body;
  expect(entities.map(({ name }: { name: string }) => name).sort()).toEqual(["Казань", "Прогресс"]);
  const [from, to] = entities.map(({ id }: { id: string }) => id);
  const neighbours = await org("GET", `/v1/graph/neighbours?entityId=${from}`);
  expect(neighbours.body.edges[0].evidence[0].quote).toContain("Прогресс");
  expect((await org("GET", `/v1/graph/path?fromId=${from}&toId=${to}`)).body.path).toEqual([from, to]);
  expect((await org("GET", `/v1/graph/export?knowledgeBaseId=${knowledgeBaseId}`)).body.edges).toHaveLength(1);
  for (const format of ["jsonld", "graphml", "cypher"]) {
    const file = await org("GET", `/v1/graph/export/${format}?knowledgeBaseId=${knowledgeBaseId}`);
    expect(file.headers.get("content-disposition")).toBe(`attachment; filename="graph.${format}"`);
    expect(JSON.stringify(file.body)).toContain("Прогресс");
  }
  const decision = { knowledgeBaseId, entityId: from, otherId: to, verdict: "same" };
  expect((await org("POST", "/v1/graph/decisions", decision)).status).toBe(202);
  const { chunkId } = search.body.hits[0];
  const around = await org("GET", `/v1/graph/around?chunkIds=${chunkId}`);
  expect(around.body).toMatchObject({ entities: [{ distance: 0 }, { distance: 0 }], edges: [{ validTo: null }] });
  expect((await org("GET", `/v1/graph/entities/${from}`)).body.members).toHaveLength(1);
  const communities = await org("GET", `/v1/graph/communities?knowledgeBaseId=${knowledgeBaseId}`);
  expect(communities.body.communities).toMatchObject([{ size: 2, weight: 1, entities: [{}, {}] }]);
  expect((await org("GET", `/v1/graph/merges?knowledgeBaseId=${knowledgeBaseId}`)).body.merges).toEqual([]);
  expect((await org("GET", `/v1/graph/costs/${id}`)).body).toMatchObject({ requests: 0, chunks: [{ edgeCount: 1 }] });
  expect((await org("GET", "/v1/graph/costs")).body).toMatchObject({ costUsd: 0, documents: [] });
  // The only passage is a hit itself: nothing else is connected with it.
  const wide = await org("POST", "/v1/search", { query: "куда поставляют насос?", related: 3 });
  expect(wide.body).toMatchObject({ hits: [{ documentId: id }], related: [] });

  const stranger = await api.signUp();
  const refused: readonly (readonly [string, string, unknown?])[] = [
    ["GET", `/v1/documents/${id}`],
    ["GET", `/v1/documents/${id}/events`],
    ["DELETE", `/v1/documents/${id}`],
    ["POST", `/v1/documents/${id}/reprocess`, {}],
    ["GET", `/v1/documents?knowledgeBaseId=${knowledgeBaseId}`],
    ["GET", `/v1/knowledge-bases/${knowledgeBaseId}`],
    ["PATCH", `/v1/knowledge-bases/${knowledgeBaseId}`, { name: "Моё" }],
    ["DELETE", `/v1/knowledge-bases/${knowledgeBaseId}`],
    ["POST", "/v1/search", { query: "насос", documentId: id }],
    ["POST", "/v1/search", { query: "насос", knowledgeBaseId }],
    ["POST", "/v1/documents", { name: "a.txt", objectPath: path }],
    ["GET", `/v1/documents?parentDocumentId=${id}`],
    ["GET", `/v1/graph/entities?knowledgeBaseId=${knowledgeBaseId}`],
    ["GET", `/v1/graph/neighbours?entityId=${from}`],
    ["GET", `/v1/graph/path?fromId=${from}&toId=${to}`],
    ["GET", `/v1/graph/export?knowledgeBaseId=${knowledgeBaseId}`],
    ["GET", `/v1/graph/export/cypher?knowledgeBaseId=${knowledgeBaseId}`],
    ["POST", "/v1/graph/decisions", decision],
    ["GET", `/v1/graph/around?chunkIds=${chunkId}`],
    ["GET", `/v1/graph/entities/${from}`],
    ["GET", `/v1/graph/communities?knowledgeBaseId=${knowledgeBaseId}`],
    ["GET", `/v1/graph/merges?knowledgeBaseId=${knowledgeBaseId}`],
    ["POST", "/v1/graph/merges/1/undo", { knowledgeBaseId }],
    ["GET", `/v1/graph/costs/${id}`],
  ];
  for (const [method, path, body] of refused) {
    expect((await stranger(method, path, body)).status, `${method} ${path}`).toBe(404);
  }
  expect((await stranger("POST", "/v1/search", { query: "насос" })).body.hits).toEqual([]);
  expect(await org("GET", `/v1/documents/${id}`)).toMatchObject({ status: 200, body: document });

  expect(await org("DELETE", `/v1/documents/${id}`)).toMatchObject({ status: 202, body: { state: "deleting" } });
  expect((await org("POST", "/v1/search", { query: "насос" })).body.hits).toEqual([]);
  expect(await api.queue.state(kbFiles)).toMatchObject({ prioritized: 2 });
  expect(await stop(api)).toBe(0);
});

test("a source uploaded again: the same bytes are no work, other bytes its next version; attachments and limits are real", async () => {
  const api = await setUp();
  const org = await api.signUp();
  const upload = async (text: string) => {
    const data = form("Устав.txt", text);
    data.set("sourceKey", "диск/Устав.txt");
    return org("POST", "/v1/documents", data);
  };
  const first = await upload("первая редакция");
  expect(first).toMatchObject({ status: 202, body: { generation: 1, stage: "queued" } });
  expect(await upload("первая редакция")).toMatchObject({ status: 200, body: first.body });
  const { id } = first.body;
  const replaced = await org("PUT", `/v1/documents/${id}/content`, form("другое имя.txt", "вторая редакция"));
  expect(replaced).toMatchObject({ status: 202, body: { id, generation: 2, name: "Устав.txt" } });
  expect(await upload("вторая редакция")).toMatchObject({ status: 200, body: { id, generation: 2 } });
  expect(await upload("третья редакция")).toMatchObject({ status: 202, body: { id, generation: 3 } });
  expect((await org("GET", "/v1/documents")).body.documents).toHaveLength(1);
  expect(await api.queue.state(kbFiles)).toMatchObject({ prioritized: 1 });
  expect((await org("GET", `/v1/documents?parentDocumentId=${id}`)).body.documents).toEqual([]);

  await makeLimits(supabase).set({ orgId: org.orgId, maxFileBytes: 10 });
  expect(await upload("четвёртая редакция")).toMatchObject({ status: 413, body: { code: "file_too_large" } });
  const simultaneous = await api.signUp();
  const results = await Promise.all(
    Array.from({ length: 4 }, () => {
      const data = form("a.txt", "одно и то же");
      data.set("sourceKey", "a");
      return simultaneous("POST", "/v1/documents", data);
    }),
  );
  expect(new Set(results.map(({ body }) => body.id)).size).toBe(1);
  expect(results.filter(({ status }) => status === 202)).toHaveLength(1);
});

test("pages follow each other without gap or repetition, and another's cursor opens nothing", async () => {
  const api = await setUp();
  const org = await api.signUp();
  const ids: string[] = [];
  for (const name of ["а.txt", "б.txt", "в.txt"])
    ids.push((await org("POST", "/v1/documents", form(name, name))).body.id);

  const first = (await org("GET", "/v1/documents?limit=2")).body;
  const second = (await org("GET", `/v1/documents?limit=2&cursor=${first.nextCursor}`)).body;
  expect([...first.documents, ...second.documents].map(({ id }) => id)).toEqual(ids.toReversed());
  expect(second).not.toHaveProperty("nextCursor");

  const stranger = await api.signUp();
  expect((await stranger("GET", `/v1/documents?cursor=${first.nextCursor}`)).body.code).toBe("not_found");
  for (const cursor of ["nonsense", Buffer.from('["x","y"]').toString("base64url")]) {
    expect(await org("GET", `/v1/documents?cursor=${cursor}`)).toMatchObject({
      status: 400,
      body: { code: "invalid_request" },
    });
  }
});

test("a second knowledge base of the same name is a conflict; a base with documents stays", async () => {
  const api = await setUp();
  const org = await api.signUp();
  const law = (await org("POST", "/v1/knowledge-bases", { name: "Право" })).body;
  expect(await org("POST", "/v1/knowledge-bases", { name: "Право" })).toMatchObject({
    status: 409,
    body: { code: "conflict" },
  });

  const { knowledgeBaseId } = (await org("POST", "/v1/documents", form("а.txt", "а"))).body;
  expect((await org("DELETE", `/v1/knowledge-bases/${knowledgeBaseId}`)).status).toBe(409);
  expect((await org("DELETE", `/v1/knowledge-bases/${law.id}`)).status).toBe(204);
  expect((await org("GET", "/v1/knowledge-bases")).body.knowledgeBases).toMatchObject([{ id: knowledgeBaseId }]);
});

test("SIGTERM ends open event streams and the process with 0", async () => {
  const api = await setUp();
  const org = await api.signUp();
  const { id } = (await org("POST", "/v1/documents", form("а.txt", "а"))).body;
  const events = await fetch(`${api.url}/v1/documents/${id}/events`, {
    headers: { authorization: `Bearer ${org.key}` },
  });
  const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader?.read())?.value).toContain('"state":"queued"');
  expect(await stop(api)).toBe(0);
  expect(api.output()).not.toContain("cutting them");
});

test("a request that does not end is cut before the grace period is over", async () => {
  const api = await setUp({ SHUTDOWN_TIMEOUT_MS: "1000" });
  const org = await api.signUp();
  const headers = { authorization: `Bearer ${org.key}`, "content-type": "multipart/form-data; boundary=b" };
  const endless = request(`${api.url}/v1/documents`, { method: "POST", headers });
  const cut = once(endless, "error");
  endless.write('--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n');
  const [socket] = (await once(endless, "socket")) as [Socket];
  await once(socket, "connect");
  // Answered on another connection after this one was accepted: the server knows of both.
  expect((await fetch(`${api.url}/health`)).status).toBe(200);
  expect(await stop(api)).toBe(0);
  expect(api.output()).toContain("cutting them");
  expect(await readdir(api.temporary)).toEqual([]);
  await cut;
});

test("without Redis uploads are accepted, reads work, the board says so, and the process still stops", async () => {
  const api = await setUp({ REDIS_URL: "redis://127.0.0.1:1" });
  const org = await api.signUp();
  const added = await org("POST", "/v1/documents", form("а.txt", "а"));
  expect(added.status).toBe(202);
  expect((await org("GET", `/v1/documents/${added.body.id}`)).body.state).toBe("queued");
  expect(api.output()).toContain("queue_unavailable");

  const ready = await fetch(`${api.url}/ready`);
  expect(ready.status).toBe(200);
  expect(await ready.json()).toMatchObject({
    checks: [
      { name: "supabase", ok: true },
      { name: "redis", ok: false },
    ],
  });
  expect((await fetch(`${api.url}/health`)).status).toBe(200);
  expect((await fetch(`${api.url}/admin/queues`)).status).toBe(503);
  expect(await stop(api)).toBe(0);
});

test("a wrong environment ends the process with 78 and names everything that is missing", async () => {
  const { exited, output } = startProcess({ NODE_ENV: "production" });
  expect(await exited).toBe(78);
  for (const name of ["REDIS_URL", "SUPABASE_URL", "SUPABASE_SERVICE_ROLE_KEY", "ENCRYPTION_KEY"])
    expect(output()).toContain(name);
});
