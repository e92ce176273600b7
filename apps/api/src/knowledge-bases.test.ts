import { expect, test } from "vitest";
import { makeDocumentRow } from "./testing/fakes.ts";
import { startApp } from "./testing/start-app.ts";

test("a knowledge base is created, found, changed and deleted", async () => {
  const org = (await startApp()).signUp();
  const created = await org("POST", "/v1/knowledge-bases", {
    name: " Право ",
    chunking: { maxTokens: 800, overlapTokens: 80 },
  });
  expect(created).toMatchObject({
    status: 201,
    body: { name: "Право", chunking: { maxTokens: 800, overlapTokens: 80 } },
  });
  const address = created.headers.get("location") ?? "";
  expect(address).toBe(`/v1/knowledge-bases/${created.body.id}`);

  expect((await org("GET", address)).body).toEqual(created.body);
  expect((await org("GET", "/v1/knowledge-bases")).body).toEqual({ knowledgeBases: [created.body] });
  expect((await org("PATCH", address, { name: "Законы" })).body).toEqual({ ...created.body, name: "Законы" });
  expect((await org("DELETE", address)).status).toBe(204);
  expect((await org("GET", address)).status).toBe(404);
});

test.each([
  ["no name", {}],
  ["an empty name", { name: "  " }],
  ["a name with a NUL", { name: "a\0b" }],
  ["a name with half a character", { name: "a\ud800b" }],
  ["chunks that overlap by more than half", { name: "a", chunking: { maxTokens: 100, overlapTokens: 51 } }],
  ["chunks of no fixed size", { name: "a", chunking: { maxTokens: 1e9, overlapTokens: 0 } }],
  ["another organisation's id", { name: "a", orgId: "6b2f5ea6-3a0f-4c1a-9a53-1d2f3b4c5d6e" }],
])("%s is refused", async (_, body) => {
  const answer = await (await startApp()).signUp()("POST", "/v1/knowledge-bases", body);
  expect(answer).toMatchObject({ status: 400, body: { code: "invalid_request" } });
});

test("an empty change is refused", async () => {
  const org = (await startApp()).signUp();
  const { body } = await org("POST", "/v1/knowledge-bases", { name: "Право" });
  expect((await org("PATCH", `/v1/knowledge-bases/${body.id}`, {})).status).toBe(400);
});

test("a base that holds documents is not deleted: their files would be left behind", async () => {
  const app = await startApp();
  const org = app.signUp();
  const { body } = await org("POST", "/v1/knowledge-bases", { name: "Право" });
  const row = makeDocumentRow({ orgId: org.orgId, knowledgeBaseId: body.id });
  app.documents.set(row.id, row);
  expect(await org("DELETE", `/v1/knowledge-bases/${body.id}`)).toMatchObject({
    status: 409,
    body: { code: "conflict" },
  });
  expect(app.bases.has(body.id)).toBe(true);
});
