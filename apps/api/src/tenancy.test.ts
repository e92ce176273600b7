import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { z } from "zod";
import { bindCursor } from "./cursor.ts";
import type { Endpoint } from "./endpoint.ts";
import { makeConflictRow, makeConnectionRow, makeRecordRow } from "./testing/crm-fakes.ts";
import { makeBaseRow, makeDocumentRow } from "./testing/fakes.ts";
import { makeEventRow } from "./testing/inbound-fakes.ts";
import { makeDeliveryRow } from "./testing/webhook-fakes.ts";
import { startApp } from "./testing/start-app.ts";

/** Where an endpoint takes ids: in its path, its query or its body. */
const idsOf = ({ path, query, body, form }: Endpoint): { path: string[]; query: string[]; body: string[] } => {
  const namesIn = (schema: Endpoint["query"]): string[] => {
    if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => namesIn(option as z.ZodType));
    if (!schema || !("shape" in schema)) return [];
    return Object.keys(schema.shape as object).filter((name) => /Id$|^objectPath$/.test(name));
  };
  return {
    path: [...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => name),
    query: namesIn(query),
    body: [...new Set([...namesIn(body), ...namesIn(form)])],
  };
};

/** What else a variant of a body needs beside an id, by the id's name. */
const besides: Readonly<Record<string, object>> = {
  "enqueueKbFiles.documentId": { kind: "process" },
  "enqueueEmbeddings.documentId": { generation: 1 },
  "enqueueKnowledgeGraph.documentId": { kind: "read", generation: 1 },
  "enqueueKnowledgeGraph.knowledgeBaseId": { kind: "resolve" },
  "enqueueCrmSync.connectionId": { kind: "sync" },
  "redeliverWebhooks.endpointId": { from: "2026-01-01T00:00:00Z", to: "2026-02-01T00:00:00Z" },
  "enqueueWebhooks.laneId": { kind: "inbound" },
  "enqueueWebhooks.endpointId": { kind: "deliver" },
};

/** What else the endpoint needs before it looks at the ids. */
const otherFields: Readonly<Record<string, object>> = {
  search: { query: "вопрос" },
  addDocument: { name: "a.pdf" },
  decideEntities: { knowledgeBaseId: randomUUID(), entityId: randomUUID(), otherId: randomUUID(), verdict: "same" },
  setDocumentPassword: { password: "моё" },
  updateKnowledgeBase: { name: "Моё" },
  moveKnowledgeBaseToModel: { model: "local-hash-v1" },
  putOntology: { mode: "open", entityTypes: [] },
  updateWebhookEndpoint: { description: "Моё" },
  createWebhookSource: { name: "Моё", scheme: "github" },
  updateWebhookSource: { name: "Моё" },
  addWebhookSecret: { secret: "чужой" },
  updateCrmConnection: { name: "Моё" },
  connectCrmWithToken: { accessToken: "мой", baseUrl: "https://a.kommo.com" },
  createCrmRecord: { entity: "contact", fields: { name: "Моё" } },
  updateCrmRecord: { fields: { name: "Моё" } },
  sendCrmMessage: { channel: "chat", body: "Моё", dealId: "1" },
  resolveCrmConflict: { resolution: "ours" },
  putCrmMapping: { fields: [] },
};

test("another organisation's ids are 404 on every endpoint that takes one, wherever it takes it", async () => {
  const app = await startApp();
  const owner = app.signUp();
  const stranger = app.signUp();
  const base = makeBaseRow({ orgId: owner.orgId });
  const row = makeDocumentRow({ orgId: owner.orgId, knowledgeBaseId: base.id, state: "ready" });
  app.bases.set(base.id, base);
  app.documents.set(row.id, row);
  app.objects.set(`${owner.orgId}/файл.pdf`, { body: new Blob([]), contentType: "application/pdf" });
  const endpoint = (await owner("POST", "/v1/webhooks/endpoints", { url: "https://example.com/" })).body;
  const message = (await owner("POST", "/v1/webhooks/messages", { eventType: "order.created", payload: {} })).body;
  const delivery = makeDeliveryRow({ orgId: owner.orgId, messageId: message.id, endpointId: endpoint.id });
  app.webhooks.deliveries.set(delivery.id, delivery);
  const { source } = (await owner("POST", "/v1/webhooks/sources", { name: "GitHub", scheme: "github", secrets: ["s"] }))
    .body;
  const event = makeEventRow({ orgId: owner.orgId, sourceId: source.id, state: "dead" });
  app.inbound.events.set(event.id, event);
  const connectionId = randomUUID();
  app.inbound.connectionIds.set(connectionId, owner.orgId);
  const place = { orgId: owner.orgId, connectionId };
  const connection = makeConnectionRow({ orgId: owner.orgId, id: connectionId });
  const [record, conflict] = [makeRecordRow(place), makeConflictRow(place)];
  app.crm.connections.set(connectionId, connection);
  app.crm.records.set(record.id, record);
  app.crm.conflicts.set(conflict.id, conflict);
  const enqueuedBefore = app.enqueued.length;
  const ids: Readonly<Record<string, string>> = {
    endpointId: endpoint.id,
    messageId: message.id,
    deliveryId: delivery.id,
    sourceId: source.id,
    secretId: source.secrets[0].id,
    eventId: event.id,
    laneId: event.laneId,
    connectionId,
    recordId: record.id,
    conflictId: conflict.id,
    dealId: "1",
    entity: "contact",
    knowledgeBaseId: base.id,
    documentId: row.id,
    parentDocumentId: row.id,
    // The graph's fake knows no entity at all; the real one is walked in the integration test.
    entityId: row.id,
    chunkId: "1",
    otherId: row.id,
    mergeId: "1",
    format: "jsonld",
    fromId: row.id,
    toId: row.id,
    objectPath: `${owner.orgId}/файл.pdf`,
    queue: "kb-files",
    jobId: "a-job",
  };
  const job = { state: "waiting", attemptsMade: 0, progress: 0, failedReason: undefined } as const;
  app.jobs.set("a-job", { jobId: "a-job", orgId: owner.orgId, ...job });
  const idOf = (name: string): string => {
    const id = ids[name];
    if (id === undefined) throw new Error(`the endpoint takes "${name}", and this test does not know what that is`);
    return id;
  };

  let tried = 0;
  for (const endpoint of app.endpoints) {
    const takes = idsOf(endpoint);
    const path = endpoint.path.replaceAll(/:(\w+)/g, (_, name: string) => idOf(name));
    const query = new URLSearchParams(Object.fromEntries(takes.query.map((name) => [name, idOf(name)])));
    const method = endpoint.method.toUpperCase();
    const bodies = takes.body.length === 0 ? [{}] : takes.body.map((name) => ({ [name]: idOf(name) }));
    for (const body of bodies) {
      if (takes.path.length + takes.query.length + takes.body.length === 0) continue;
      const payload =
        method === "GET" || method === "DELETE"
          ? undefined
          : {
              objectPath: undefined,
              ...otherFields[endpoint.operationId],
              ...objectPathFor(endpoint, stranger.orgId),
              ...Object.assign({}, ...Object.keys(body).map((name) => besides[`${endpoint.operationId}.${name}`])),
              ...body,
            };
      const answer = await stranger(method, `${path}?${query.toString()}`, payload);
      expect(answer.status, `${method} ${endpoint.path} ${JSON.stringify(body)}`).toBe(404);
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
});

/** A path of the caller's own, so that the other id in the body decides. */
const objectPathFor = ({ operationId }: Endpoint, orgId: string): object =>
  operationId === "addDocument" ? { objectPath: `${orgId}/файл.pdf` } : {};

test("a cursor is its organisation's and its list's: stolen or misplaced it opens nothing", async () => {
  const app = await startApp();
  const [owner, stranger] = [app.signUp(), app.signUp()];
  const lists = app.endpoints.filter(({ query }) => query instanceof z.ZodObject && "cursor" in query.shape);
  expect(lists.length).toBeGreaterThanOrEqual(8);
  for (const { operationId, path } of lists) {
    const address = path.replaceAll(/:\w+/g, () => randomUUID());
    const call = (who: typeof owner, cursor: string) => {
      const query = { cursor, ...(operationId === "exportGraph" && { knowledgeBaseId: randomUUID() }) };
      return who("GET", `${address}?${new URLSearchParams(query).toString()}`);
    };
    const cursor = bindCursor({ orgId: owner.orgId, operationId }, "WyJ4Il0");
    const misplaced = bindCursor({ orgId: owner.orgId, operationId: "another" }, "WyJ4Il0");
    const answers = [await call(stranger, cursor), await call(owner, misplaced), await call(owner, "nonsense")];
    expect([operationId, ...answers.map(({ status }) => status)]).toEqual([operationId, 404, 404, 400]);
  }
});

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
