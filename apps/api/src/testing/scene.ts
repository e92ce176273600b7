import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Endpoint } from "../endpoint.ts";
import { makeConflictRow, makeConnectionRow, makeRecordRow } from "./crm-fakes.ts";
import { makeBaseRow, makeDocumentRow } from "./fakes.ts";
import { makeEventRow } from "./inbound-fakes.ts";
import type { startApp } from "./start-app.ts";
import { makeDeliveryRow } from "./webhook-fakes.ts";

// One organisation with something of everything, and the requests that name it: for walks over all endpoints.

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
  createKnowledgeBase: { name: "Новая" },
  createWebhookEndpoint: { url: "https://example.com/" },
  sendWebhookMessage: { eventType: "order.created", payload: {} },
  createCrmConnection: { provider: "kommo", name: "Моё" },
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

/** A path of the caller's own, so that the other id in the body decides. */
const objectPathFor = ({ operationId }: Endpoint, orgId: string): object =>
  operationId === "addDocument" ? { objectPath: `${orgId}/файл.pdf` } : {};

export interface SceneRequest {
  readonly method: string;
  readonly path: string;
  readonly payload: object | undefined;
}

/** Valid requests to an endpoint: one for each id that its body may name, or the one that it takes. */
export const requestsTo = (endpoint: Endpoint, idOf: (name: string) => string, orgId: string): SceneRequest[] => {
  const takes = idsOf(endpoint);
  const { operationId } = endpoint;
  const address = endpoint.path.replaceAll(/:(\w+)/g, (_, name: string) => idOf(name));
  const query = new URLSearchParams(Object.fromEntries(takes.query.map((name) => [name, idOf(name)])));
  if (operationId === "eraseOrganisationData") query.set("confirm", orgId);
  if (operationId === "listAroundPassages") query.set("chunkIds", "1");
  const [method, path] = [endpoint.method.toUpperCase(), `${address}?${query.toString()}`];
  if (!endpoint.body && !endpoint.form) return [{ method, path, payload: undefined }];
  const fields = { ...otherFields[operationId], ...objectPathFor(endpoint, orgId) };
  const named = takes.body.map((name) => ({ ...besides[`${operationId}.${name}`], [name]: idOf(name) }));
  return (named.length === 0 ? [{}] : named).map((body) => ({ method, path, payload: { ...fields, ...body } }));
};

/** Whether an endpoint takes any id: others cannot be asked about somebody else's. */
export const takesIds = (endpoint: Endpoint): boolean => {
  const { path, query, body } = idsOf(endpoint);
  return path.length + query.length + body.length > 0;
};

export const makeScene = async (app: Awaited<ReturnType<typeof startApp>>) => {
  const owner = app.signUp();
  const base = makeBaseRow({ orgId: owner.orgId });
  const row = makeDocumentRow({
    orgId: owner.orgId,
    knowledgeBaseId: base.id,
    state: "ready",
    objectPath: `${owner.orgId}/файл.pdf`,
  });
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

  const known = Object.values(ids).filter((id) => /^[0-9a-f-]{36}$/.test(id));
  return { owner, idOf, known, base, row, endpoint, delivery, source, event, connectionId, connection, record };
};
