import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { makeBaseRow } from "./testing/fakes.ts";
import { startApp } from "./testing/start-app.ts";

const place = {
  documentId: randomUUID(),
  documentName: "Договор.docx",
  knowledgeBaseId: randomUUID(),
  contextHeader: "",
  headingPath: [],
  pageFrom: 2,
  pageTo: 2,
  sheet: null,
  rowFrom: null,
  rowTo: null,
  charStart: 0,
  charEnd: 24,
  kind: "text" as const,
};
const statement = {
  edgeId: randomUUID(),
  sourceId: randomUUID(),
  source: "Ромашка",
  predicate: "owns",
  targetId: randomUUID(),
  target: "Лютик",
  quote: "Ромашка владеет Лютиком",
  confidence: 0.7,
  validFrom: "2019-05-01T00:00:00+00:00",
  validTo: null,
};

test("a search adds what the graph connects only where it is asked to; each hit counts by its score", async () => {
  const app = await startApp();
  const org = app.signUp();
  app.bases.set("a", makeBaseRow({ orgId: org.orgId }));
  const ranks = { vectorRank: 1, textRank: null, similarity: 0.8, textScore: null, highlights: [] };
  app.hits.push({ ...place, ...ranks, chunkId: 1, content: "Ромашка — завод.", score: 0.9 });
  app.connected.push({ ...place, chunkId: 2, content: statement.quote, score: 1, because: [statement] });

  const plain = await org("POST", "/v1/search", { query: "ромашка" });
  expect(plain.body).not.toHaveProperty("related");
  expect(app.connections).toEqual([]);

  const { body } = await org("POST", "/v1/search", { query: "ромашка", related: 5 });
  expect(app.connections).toMatchObject([{ orgId: org.orgId, passages: [{ chunkId: 1, weight: 0.9 }], limit: 5 }]);
  expect(body.hits).toEqual(plain.body.hits);
  expect(body.related).toMatchObject([{ chunkId: 2, text: statement.quote, page: 2, because: [statement] }]);
  expect((await org("POST", "/v1/search", { query: "ромашка", related: 21 })).status).toBe(400);
});

test("passages are named by number, fifty at most", async () => {
  const org = (await startApp()).signUp();
  const status = async (chunkIds: string) => (await org("GET", `/v1/graph/around?chunkIds=${chunkIds}`)).status;
  expect(await status("1,2,3")).toBe(404); // the fake has none
  expect(await status("1,a")).toBe(400);
  expect(await status(Array.from({ length: 51 }, (_, n) => n).join(","))).toBe(400);
});

test("communities of a base: their size and their best connected entities", async () => {
  const app = await startApp();
  const org = app.signUp();
  const base = makeBaseRow({ orgId: org.orgId });
  app.bases.set(base.id, base);
  expect(await org("GET", `/v1/graph/communities?knowledgeBaseId=${base.id}`)).toMatchObject({
    status: 200,
    body: { communities: [], modularity: 0, complete: true },
  });
});
