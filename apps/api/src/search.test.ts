import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Hit, Ports } from "./ports.ts";
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
  const hit = makeHit({ highlights: [{ charStart: 0, charEnd: 4 }] });
  app.hits.push(hit);
  const { status, body } = await org("POST", "/v1/search", { query: "срок поставки" });
  expect(status).toBe(200);
  expect(body).toEqual({
    hits: [
      {
        chunkId: 1,
        documentId: hit.documentId,
        documentName: "Договор.docx",
        knowledgeBaseId: hit.knowledgeBaseId,
        text: "Срок поставки — 30 дней.",
        context: "Договор › 3. Сроки",
        score: 0.9,
        similarity: 0.8,
        textScore: null,
        kind: "text",
        page: 2,
        pageTo: 3,
        sheet: "Лист1",
        rowFrom: 12,
        rowTo: 14,
        headingPath: ["Договор", "3. Сроки"],
        charStart: 120,
        charEnd: 144,
        snippet: { text: "Срок поставки — 30 дней.", charStart: 120, highlights: [{ charStart: 0, charEnd: 4 }] },
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

test("a question may be narrowed, and go without snippets", async () => {
  const app = await startApp();
  const org = app.signUp();
  app.bases.set("a", makeBaseRow({ orgId: org.orgId }));
  app.hits.push(makeHit({}));
  const narrow = { metadata: { отдел: "право", год: { от: 2024 } }, minSimilarity: 0.3 };
  const { body } = await org("POST", "/v1/search", { query: "вопрос", ...narrow, highlight: false });
  expect(app.searches).toMatchObject([{ ...narrow, highlight: false }]);
  expect(body.hits[0]).not.toHaveProperty("snippet");
});

test("the passages around a hit come on request, in the order of the text", async () => {
  const app = await startApp();
  const org = app.signUp();
  app.bases.set("a", makeBaseRow({ orgId: org.orgId }));
  app.hits.push(makeHit({ chunkId: 5 }), makeHit({ chunkId: 9 }));
  const around = (distance: number) => {
    const { chunkId, content, contextHeader, pageFrom, pageTo, charStart, charEnd, kind } = makeHit({
      chunkId: 5 + distance,
      content: `${distance}`,
    });
    const place = { contextHeader, pageFrom, pageTo, charStart, charEnd, kind };
    return { ofChunkId: 5, distance, chunkId, content, ...place };
  };
  app.neighbours.push(around(-2), around(-1), around(1));
  const { body } = await org("POST", "/v1/search", { query: "вопрос", neighbours: 2 });
  const texts = (passages: readonly { text: string }[]) => passages.map(({ text }) => text);
  expect([texts(body.hits[0].before), texts(body.hits[0].after)]).toEqual([["-2", "-1"], ["1"]]);
  expect([body.hits[1].before, body.hits[1].after]).toEqual([[], []]);
  const without = await org("POST", "/v1/search", { query: "вопрос" });
  expect(without.body.hits[0]).not.toHaveProperty("before");
});

describe("with a reranker", () => {
  const startReranked = async (rerank: Ports["rerank"]) => {
    const fakes = makeFakes();
    const app = await startApp({}, { ...fakes, ports: { ...fakes.ports, rerank } });
    const org = app.signUp();
    app.bases.set("a", makeBaseRow({ orgId: org.orgId }));
    app.hits.push(makeHit({ chunkId: 1, score: 0.9 }), makeHit({ chunkId: 2, score: 0.8, content: "Ответ." }));
    const ask = (question: object) => org("POST", "/v1/search", { query: "вопрос", ...question });
    return { app, ask };
  };

  test("it decides the order, over more hits than are asked for; the question is its organisation's", async () => {
    const questions: unknown[] = [];
    const { app, ask } = await startReranked(async (question) => {
      questions.push(question);
      return question.texts.map((text) => (text.endsWith("Ответ.") ? 0.7 : 0.1));
    });
    const { body } = await ask({ rerank: true, limit: 1 });
    expect(body).toMatchObject({ reranked: true, hits: [{ chunkId: 2, rerankScore: 0.7, score: 0.8 }] });
    expect(body.hits).toHaveLength(1);
    expect(app.searches).toMatchObject([{ limit: 3 }]);
    expect(questions).toEqual([
      {
        orgId: expect.any(String),
        query: "вопрос",
        texts: ["Договор › 3. Сроки\nСрок поставки — 30 дней.", "Договор › 3. Сроки\nОтвет."],
      },
    ]);
    expect((await ask({})).body).not.toHaveProperty("reranked");
  });

  test("that is away, the order is by rank, and the answer says so", async () => {
    const { ask } = await startReranked(async () => {
      throw new Error("502");
    });
    expect((await ask({ rerank: true })).body).toMatchObject({
      reranked: false,
      hits: [{ chunkId: 1 }, { chunkId: 2 }],
    });
  });

  test("that the installation does not have, the request says what to do", async () => {
    const { ask } = await startReranked(undefined);
    expect(await ask({ rerank: true })).toMatchObject({ status: 400, body: { code: "invalid_request" } });
  });
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
    ["with metadata that is no object", { query: "а", metadata: ["право"] }],
    ["for all of a document around each hit", { query: "а", neighbours: 6 }],
    ["with a field that does not exist", { query: "а", orgId: randomUUID() }],
  ])("%s", async (_, body) => {
    expect((await (await startApp()).signUp()("POST", "/v1/search", body)).status).toBe(400);
  });
});
