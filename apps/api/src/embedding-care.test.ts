import { describe, expect, test } from "vitest";
import { makeDocumentRow } from "./testing/fakes.ts";
import { startApp } from "./testing/start-app.ts";

describe("passages that were set aside", () => {
  const start = async () => {
    const app = await startApp();
    const client = app.signUp();
    const row = makeDocumentRow({ orgId: client.orgId, state: "ready_partial", generation: 3, tokensReused: 7 });
    app.documents.set(row.id, row);
    for (const [id, message] of [
      [11, "input too long"],
      [12, "input cannot be embedded"],
    ] as const) {
      const place = { pageFrom: 1, pageTo: 1, sheet: null, rowFrom: null, rowTo: null, charStart: 0, charEnd: 8 };
      const text = { content: `текст ${id}`, contextHeader: "", kind: "text", tokenCount: 4 } as const;
      const reason = { quarantineCode: "ai_bad_request", quarantineMessage: message } as const;
      app.quarantined.set(id, { id, ordinal: id, headingPath: [], ...place, ...text, ...reason });
    }
    return { ...app, client, row, at: `/v1/documents/${row.id}` };
  };

  test("are listed with their reasons, and tried again one by one", async () => {
    const { client, at, quarantined, enqueued, row } = await start();
    const list = await client("GET", `${at}/quarantine`);
    expect(list.body.passages).toMatchObject([
      { id: 11, text: "текст 11", code: "ai_bad_request", message: "input too long" },
      { id: 12, message: "input cannot be embedded" },
    ]);
    const retried = await client("POST", `${at}/quarantine/11/retry`);
    expect(retried).toMatchObject({ status: 202, body: { state: "embedding" } });
    expect([...quarantined.keys()]).toEqual([12]);
    expect(enqueued).toMatchObject([
      { queue: { name: "embeddings" }, payload: { orgId: client.orgId, documentId: row.id, generation: 3 } },
    ]);
    expect((await client("POST", `${at}/quarantine/11/retry`)).status).toBe(409);
  });

  test("are tried again all at once; where there are none, nothing is enqueued", async () => {
    const { client, at, quarantined, enqueued } = await start();
    expect((await client("POST", `${at}/retry`)).status).toBe(202);
    expect(quarantined.size).toBe(0);
    expect(await client("POST", `${at}/retry`)).toMatchObject({ status: 409, body: { code: "conflict" } });
    expect(enqueued).toHaveLength(1);
  });
});

test("budgets and weight are set in parts, and the queues hear of the weight at once", async () => {
  const app = await startApp();
  const client = app.signUp();
  expect((await client("GET", "/v1/limits/embeddings")).body).toMatchObject({ maxUsdPerDay: null, weight: 1 });
  await client("PATCH", "/v1/limits/embeddings", { maxUsdPerDay: 5, weight: 4 });
  const { body } = await client("PATCH", "/v1/limits/embeddings", { maxUsdPerMonth: 50 });
  expect(body).toMatchObject({ maxUsdPerDay: 5, maxUsdPerMonth: 50, weight: 4, pause: null });
  expect([...app.weights]).toEqual([[client.orgId, 4]]);
  for (const wrong of [{ weight: 0 }, { maxUsdPerDay: -1 }, { unknown: 1 }]) {
    expect((await client("PATCH", "/v1/limits/embeddings", wrong)).status).toBe(400);
  }
});

test("a document says what it cost and what reuse saved; one for later says so to the queue", async () => {
  const app = await startApp();
  const client = app.signUp();
  app.objects.set(`${client.orgId}/a.pdf`, { body: new Blob(["%PDF"]), contentType: "application/pdf" });
  const file = { objectPath: `${client.orgId}/a.pdf`, name: "a.pdf" };
  const { body } = await client("POST", "/v1/documents", { ...file, lane: "backfill" });
  expect(body.cost).toEqual({ tokens: 0, usd: 0, tokensReused: 0, usdSaved: 0 });
  await client("POST", "/v1/documents", file);
  expect(app.enqueued.map(({ options }) => options)).toEqual([{ lane: "backfill" }, undefined]);
});
