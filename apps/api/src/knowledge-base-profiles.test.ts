import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { startApp } from "./testing/start-app.ts";

const small = "openai/text-embedding-3-small";
const large = "openai/text-embedding-3-large";

const startBase = async () => {
  const app = await startApp();
  const org = app.signUp();
  const { body } = await org("POST", "/v1/knowledge-bases", { name: "Право" });
  return { app, org, address: `/v1/knowledge-bases/${body.id}/profile` };
};

test("models are listed with what they cost and whether there is a key", async () => {
  const { org } = await startBase();
  const { status, body } = await org("GET", "/v1/embeddings/models");
  expect(status).toBe(200);
  expect(body.models).toContainEqual({
    model: small,
    provider: "openrouter",
    dimensions: 1536,
    priceUsdPerMtok: 0.02,
    isAvailable: true,
  });
});

test("a base without documents moves at once, and goes back at once", async () => {
  const { org, address } = await startBase();
  expect((await org("GET", address)).body).toMatchObject({ active: { model: small }, building: null, previous: null });
  expect(await org("PUT", address, { model: large })).toMatchObject({
    status: 200,
    body: { active: { model: large }, building: null, previous: { model: small } },
  });
  expect(await org("POST", `${address}/switch-back`)).toMatchObject({
    status: 200,
    body: { active: { model: small } },
  });
  expect((await org("DELETE", `${address}/previous`)).status).toBe(204);
  expect(await org("POST", `${address}/switch-back`)).toMatchObject({ status: 409, body: { code: "conflict" } });
});

test("a base with documents is built beside what serves: their jobs are queued", async () => {
  const { app, org, address } = await startBase();
  const waiting = { documentId: randomUUID(), generation: 3 };
  app.movesWaiting.push(waiting);
  expect(await org("PUT", address, { model: large })).toMatchObject({
    status: 202,
    body: {
      active: { model: small },
      building: { profile: { model: large }, documents: 1, documentsDone: 0, passagesLeft: 1, error: null },
      previous: null,
    },
  });
  expect(app.enqueued).toMatchObject([{ queue: { name: "embeddings" }, payload: { orgId: org.orgId, ...waiting } }]);
});

test.each([
  ["unknown here", "acme/embed-1"],
  ["without a key here", "openai/text-embedding-ada-002"],
])("a model %s is refused with those that are not", async (_, model) => {
  const { org, address } = await startBase();
  const answer = await org("PUT", address, { model });
  expect(answer).toMatchObject({ status: 400, body: { code: "invalid_request" } });
  expect(answer.body.detail).toContain(large);
});
