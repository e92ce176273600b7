import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { allPages, ApiError, type ClientOptions, makeClient } from "@gpt-agent/client";
import { expect, expectTypeOf, onTestFinished, test } from "vitest";
import { writeClientTypes } from "./client-types.ts";
import { describeApi } from "./openapi.ts";
import { makeDocumentRow } from "./testing/fakes.ts";
import { startApp } from "./testing/start-app.ts";

const setUp = async (options: Partial<ClientOptions> = {}) => {
  const app = await startApp({ ratePerMinute: 100 });
  const { key, orgId } = app.signUp();
  const api = makeClient({ baseUrl: `${app.url}/`, apiKey: key, ...options });
  return { app, api, key, orgId };
};

test("the client's types are the API's: run pnpm client-types where this fails", async () => {
  const { app } = await setUp();
  const path = new URL("../../../packages/client/src/generated.ts", import.meta.url);
  expect(readFileSync(path, "utf8")).toBe(writeClientTypes(describeApi(app.endpoints)));
});

test("parameters, JSON, forms and pages go where they belong", async () => {
  const { app, api } = await setUp();
  const base = await api.createKnowledgeBase({ name: "Право" });
  expect((await api.updateKnowledgeBase({ knowledgeBaseId: base.id, name: "Законы" })).name).toBe("Законы");
  for (const name of ["а.txt", "б.txt", "в.txt"]) {
    const file = new File([name], name);
    const document = await api.addDocument({
      file,
      knowledgeBaseId: base.id,
      metadata: JSON.stringify({ from: name }),
    });
    expect(document).toMatchObject({ name, metadata: { from: name } });
    expectTypeOf(document.state).toEqualTypeOf<
      "queued" | "processing" | "embedding" | "ready" | "ready_partial" | "failed" | "blocked" | "deleting"
    >();
  }
  const names: string[] = [];
  for await (const { name } of allPages((cursor) => api.listDocuments({ cursor, limit: 2 }), "documents"))
    names.push(name);
  expect(names.sort()).toEqual(["а.txt", "б.txt", "в.txt"]);
  expect((await api.listKnowledgeBases()).knowledgeBases).toHaveLength(1);

  const [id = ""] = app.documents.keys();
  const file = await api.downloadDocument({ documentId: id });
  expect(await file.text()).toBe(app.documents.get(id)?.name);
  expectTypeOf(api.search).parameter(0).not.toBeUnknown();
  // @ts-expect-error -- a search asks something
  await expect(api.search({ limit: 3 })).rejects.toBeInstanceOf(ApiError);
});

test("an error has its code, its fields and the request's id", async () => {
  const { api } = await setUp();
  const error = await api.createKnowledgeBase({ name: " " }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ status: 400, code: "invalid_request", issues: [{ in: "body", pointer: "/name" }] });
  expect((error as ApiError).requestId).toMatch(/^[0-9a-f-]{36}$/);
});

test("what is told to wait waits and comes back; a write is done once, however often it is sent", async () => {
  const { app, key } = await setUp();
  const { id = "" } = app.keys.get(key) ?? {};
  app.overRate.add(id);
  const calls: number[] = [];
  const api = makeClient({
    baseUrl: app.url,
    apiKey: key,
    fetch: async (...request) => {
      const response = await fetch(...request);
      calls.push(response.status);
      if (response.status === 429) app.overRate.delete(id);
      // The answer is lost on its way.
      if (calls.length === 2) throw new TypeError("fetch failed");
      return response;
    },
  });
  const base = await api.createKnowledgeBase({ name: "Право" });
  expect(calls).toEqual([429, 201, 201]);
  expect([...app.bases.keys()]).toEqual([base.id]);
});

test("no answer is worth waiting for when the caller leaves, or when tries are spent", async () => {
  const { app, key } = await setUp();
  app.overRate.add(app.keys.get(key)?.id ?? "");
  const api = makeClient({ baseUrl: app.url, apiKey: key, maxRetries: 0 });
  await expect(api.getLimits()).rejects.toMatchObject({ status: 429, code: "rate_limited" });
  const patient = makeClient({ baseUrl: app.url, apiKey: key });
  await expect(patient.getLimits({}, { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
    name: "TimeoutError",
  });
});

test("a document is followed to its end, also over a connection that breaks", async () => {
  const { app, api, orgId } = await setUp();
  const row = makeDocumentRow({ orgId, state: "processing" });
  app.documents.set(row.id, row);
  const states: string[] = [];
  for await (const event of api.watchDocument({ documentId: row.id })) {
    if (event.event === "progress") states.push(event.data.state);
    app.documents.set(row.id, { ...row, state: "ready", graphState: "ready" });
  }
  expect(states).toEqual(["processing", "ready"]);
  const stranger = makeClient({ baseUrl: app.url, apiKey: app.signUp().key });
  await expect(stranger.watchDocument({ documentId: row.id }).next()).rejects.toMatchObject({ status: 404 });
});

test("events that arrive in pieces are put together, and a broken stream is taken up again", async () => {
  let connections = 0;
  const server = createServer((_req, res) => {
    connections += 1;
    res.writeHead(200, { "content-type": "text/event-stream" });
    if (connections === 1) {
      res.write(": keep-alive\n\nevent: prog");
      setImmediate(() => {
        res.write('ress\r\ndata: {"n":1}\r\n\r\nevent: progress\nda', () => setImmediate(() => res.destroy()));
      });
    } else res.end('event: progress\ndata: {"n":2}\n\nevent: end\ndata: {}\n\n');
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const api = makeClient({ baseUrl, apiKey: "k" });
  const seen: unknown[] = [];
  for await (const { data } of api.watchDocument({ documentId: "d" })) seen.push(data);
  expect(seen).toEqual([{ n: 1 }, { n: 2 }]);
});
