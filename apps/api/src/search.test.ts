import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Hit } from "./ports.ts";
import { makeBaseRow, makeDocumentRow, makeFakes } from "./testing/fakes.ts";
import { startApp } from "./testing/start-app.ts";

const makeHit = (fields: Partial<Hit>): Hit => ({
  chunkId: 1,
  documentId: randomUUID(),
  documentName: "Договор.docx",
  knowledgeBaseId: randomUUID(),
  content: "Срок поставки — 30 дней.",
  contextHeader: "Договор › 3. Сроки",
  headingPath: ["Договор", "3. Сроки"],
  pageFrom: 2,
  pageTo: 3,
  sheet: "Лист1",
  rowFrom: 12,
  rowTo: 14,
  charStart: 120,
  charEnd: 144,
  kind: "text",
  score: 0.9,
  vectorRank: 1,
  textRank: null,
  similarity: 0.8,
  textScore: null,
  highlights: [],
  ...fields,
});

test("a hit carries its text and its place in the source", async () => {
  const app = await startApp();
  const org = app.signUp();
  app.bases.set("a", makeBaseRow({ orgId: org.orgId }));
  const hit = makeHit({});
  app.hits.push(hit);
  const { status, body } = await org("POST", "/v1/search", { query: "срок поставки" });
  expect(status).toBe(200);
  expect(body).toEqual({
    hits: [
      {
        chunkId: 1,
        documentId: hit.documentId,
        documentName: "Договор.docx",
        text: "Срок поставки — 30 дней.",
        context: "Договор › 3. Сроки",
        score: 0.9,
        kind: "text",
        page: 2,
        pageTo: 3,
        sheet: "Лист1",
        rowFrom: 12,
        rowTo: 14,
        headingPath: ["Договор", "3. Сроки"],
        charStart: 120,
        charEnd: 144,
      },
    ],
  });
});

test("without a scope every base is searched, with one question for each distinct profile", async () => {
  const app = await startApp();
  const org = app.signUp();
  for (const activeProfileId of [1, 2, 1]) {
    const base = makeBaseRow({ orgId: org.orgId, name: randomUUID(), activeProfileId });
    app.bases.set(base.id, base);
  }
  app.hits.push(makeHit({ chunkId: 7, score: 0.5 }), makeHit({ chunkId: 8, score: 0.7 }));
  const { body } = await org("POST", "/v1/search", { query: "вопрос", minScore: 0.1 });
  expect(new Set(app.searches.map(({ profileId }) => profileId))).toEqual(new Set([1, 2]));
  expect(app.searches).toHaveLength(2);
  expect(app.searches[0]).toMatchObject({ query: "вопрос", vector: [0.6, 0.8], limit: 10, minScore: 0.1 });
  // Both lists hold both passages; each is told once, best first.
  expect(body.hits.map(({ chunkId }: { chunkId: number }) => chunkId)).toEqual([8, 7]);
});

test("a document is searched with the profile of its own base", async () => {
  const app = await startApp();
  const org = app.signUp();
  const bases = [1, 2].map((activeProfileId) =>
    makeBaseRow({ orgId: org.orgId, name: `${activeProfileId}`, activeProfileId }),
  );
  for (const base of bases) app.bases.set(base.id, base);
  const row = makeDocumentRow({ orgId: org.orgId, knowledgeBaseId: bases[1]?.id ?? "" });
  app.documents.set(row.id, row);

  await org("POST", "/v1/search", { query: "вопрос", documentId: row.id });
  expect(app.searches).toMatchObject([{ profileId: 2, documentId: row.id }]);
  const elsewhere = await org("POST", "/v1/search", {
    query: "вопрос",
    documentId: row.id,
    knowledgeBaseId: bases[0]?.id,
  });
  expect(elsewhere.body).toEqual({ hits: [] });
});

test("with the provider away words alone are searched, and the answer says so", async () => {
  const fakes = makeFakes();
  const app = await startApp({}, { ...fakes, ports: { ...fakes.ports, embedQuery: async () => undefined } });
  const org = app.signUp();
  app.bases.set("a", makeBaseRow({ orgId: org.orgId }));
  app.hits.push(makeHit({}));
  const { status, body } = await org("POST", "/v1/search", { query: "вопрос" });
  expect(status).toBe(200);
  expect(body).toMatchObject({ degraded: "text_only", hits: [{ chunkId: 1 }] });
  expect(app.searches[0]?.vector).toBeUndefined();
});

test("an organisation without documents gets an empty answer", async () => {
  expect((await (await startApp()).signUp()("POST", "/v1/search", { query: "вопрос" })).body).toEqual({ hits: [] });
});

describe("a question is refused", () => {
  test.each([
    ["without words", { query: "  " }],
    ["of novel length", { query: "а".repeat(2001) }],
    ["with a NUL", { query: "а\0" }],
    ["for too many hits", { query: "а", limit: 51 }],
    ["for none", { query: "а", limit: 0 }],
    ["for half a hit", { query: "а", limit: 1.5 }],
    ["with a score above one", { query: "а", minScore: 2 }],
    ["with a field that does not exist", { query: "а", orgId: randomUUID() }],
  ])("%s", async (_, body) => {
    expect((await (await startApp()).signUp()("POST", "/v1/search", body)).status).toBe(400);
  });
});
