import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { z } from "zod";
import { bindCursor } from "./cursor.ts";
import { makeDocumentRow } from "./testing/fakes.ts";
import { makeScene, requestsTo, takesIds } from "./testing/scene.ts";
import { startApp } from "./testing/start-app.ts";

test("another organisation's ids are 404 on every endpoint that takes one, wherever it takes it", async () => {
  const app = await startApp();
  const scene = await makeScene(app);
  const { owner, base, row, endpoint, delivery, source, event, connectionId, connection, record } = scene;
  const stranger = app.signUp();
  const enqueuedBefore = app.enqueued.length;
  let tried = 0;
  for (const endpoint of app.endpoints.filter(takesIds)) {
    for (const { method, path, payload } of requestsTo(endpoint, scene.idOf, stranger.orgId)) {
      const answer = await stranger(method, path, payload);
      expect(answer.status, `${method} ${endpoint.path} ${JSON.stringify(payload)}`).toBe(404);
      expect(["not_found", "file_missing"]).toContain(answer.body.code);
      tried += 1;
    }
  }
  expect(tried).toBeGreaterThanOrEqual(14);

  // Nothing happened to what belongs to the owner.
  expect(app.documents.get(row.id)).toEqual(row);
  expect(app.bases.get(base.id)).toEqual(base);
  expect(app.documents.size).toBe(1);
  expect(app.enqueued).toHaveLength(enqueuedBefore);
  expect(app.webhooks.deliveries.get(delivery.id)).toEqual(delivery);
  expect(app.inbound.events.get(event.id)).toEqual(event);
  expect([...app.inbound.sources.keys()]).toEqual([source.id]);
  expect((await owner("GET", `/v1/webhooks/sources/${source.id}`)).body).toEqual(source);
  expect(app.webhooks.secrets.get(endpoint.id)).toHaveLength(1);
  expect((await owner("GET", `/v1/webhooks/endpoints/${endpoint.id}`)).body.state).toBe("enabled");
  expect(app.crm.connections.get(connectionId)).toEqual(connection);
  expect([...app.crm.records.values()]).toEqual([record]);
  expect(app.crm.authorized).toEqual([]);
  expect((await owner("GET", `/v1/documents/${row.id}`)).status).toBe(200);
}, 60_000);

test("a cursor is its organisation's and its list's: stolen or misplaced it opens nothing", async () => {
  const app = await startApp();
  const [owner, stranger] = [app.signUp(), app.signUp()];
  const lists = app.endpoints.filter(({ query }) => query instanceof z.ZodObject && "cursor" in query.shape);
  expect(lists.length).toBeGreaterThanOrEqual(8);
  for (const endpoint of lists) {
    const { operationId } = endpoint;
    const [{ path } = { path: "" }] = requestsTo(endpoint, () => randomUUID(), owner.orgId);
    const call = (who: typeof owner, cursor: string) => who("GET", `${path}&cursor=${cursor}`);
    const cursor = bindCursor({ orgId: owner.orgId, operationId }, "WyJ4Il0");
    const misplaced = bindCursor({ orgId: owner.orgId, operationId: "another" }, "WyJ4Il0");
    const answers = [await call(stranger, cursor), await call(owner, misplaced), await call(owner, "nonsense")];
    expect([operationId, ...answers.map(({ status }) => status)]).toEqual([operationId, 404, 404, 400]);
  }
}, 60_000);

test("lists and searches show an organisation its own alone", async () => {
  const app = await startApp();
  const owner = app.signUp();
  const stranger = app.signUp();
  expect((await owner("POST", "/v1/knowledge-bases", { name: "Право" })).status).toBe(201);
  const row = makeDocumentRow({ orgId: owner.orgId });
  app.documents.set(row.id, row);

  expect((await owner("GET", "/v1/documents")).body.documents).toHaveLength(1);
  expect((await stranger("GET", "/v1/documents")).body.documents).toEqual([]);
  expect((await stranger("GET", "/v1/knowledge-bases")).body.knowledgeBases).toEqual([]);
  await stranger("POST", "/v1/search", { query: "вопрос" });
  await owner("POST", "/v1/search", { query: "вопрос" });
  expect(app.searches.map(({ orgId }) => orgId)).toEqual([owner.orgId]);
});
