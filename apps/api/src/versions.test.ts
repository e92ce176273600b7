import { createHash, randomUUID } from "node:crypto";
import { PermanentError } from "@gpt-agent/jobs/errors";
import { describe, expect, test } from "vitest";
import { makeDocumentRow, makeFakes } from "./testing/fakes.ts";
import { startApp } from "./testing/start-app.ts";

const form = (content: string, fields: Readonly<Record<string, string>> = {}, name = "Устав.pdf"): FormData => {
  const data = new FormData();
  for (const [field, value] of Object.entries(fields)) data.append(field, value);
  data.append("file", new File([content], name, { type: "application/pdf" }));
  return data;
};
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

describe("a source that is uploaded again", () => {
  const sourceKey = "диск/Устав.pdf";

  test("the same bytes: the document that is there, no object, no job", async () => {
    const app = await startApp();
    const org = app.signUp();
    const first = await org("POST", "/v1/documents", form("v1", { sourceKey }));
    expect(first).toMatchObject({ status: 202, body: { sourceKey, sha256: sha256("v1") } });
    const uploaded = [...app.objects.keys()];

    const again = await org("POST", "/v1/documents", form("v1", { sourceKey }));
    expect(again).toMatchObject({ status: 200, body: first.body });
    expect([...app.objects.keys()]).toEqual(uploaded);
    expect([app.documents.size, app.enqueued.length]).toEqual([1, 1]);
  });

  test("other bytes: the document's next version, in a new place, under its own name", async () => {
    const app = await startApp();
    const org = app.signUp();
    const first = await org("POST", "/v1/documents", form("v1", { sourceKey }));
    const next = await org("POST", "/v1/documents", form("v2", { sourceKey }, "другое имя.pdf"));
    expect(next).toMatchObject({
      status: 202,
      body: { id: first.body.id, name: "Устав.pdf", generation: 2, state: "queued", sha256: sha256("v2") },
    });
    expect(app.documents.size).toBe(1);
    expect(app.objects.size).toBe(2); // the older one stays until the new one is searched
    expect(app.enqueued.map(({ payload }) => payload)).toEqual(
      [1, 2].map(() => ({ kind: "process", orgId: org.orgId, documentId: first.body.id })),
    );
  });

  test("is its own in every organisation and knowledge base, and a new one after a deletion", async () => {
    const app = await startApp();
    const org = app.signUp();
    const ids = new Set<string>();
    const add = async (client: typeof org, fields = {}) => {
      const { status, body } = await client("POST", "/v1/documents", form("v1", { sourceKey, ...fields }));
      expect(status).toBe(202);
      ids.add(body.id);
      return body.id as string;
    };
    const first = await add(org);
    await add(app.signUp());
    const base = await org("POST", "/v1/knowledge-bases", { name: "Право" });
    await add(org, { knowledgeBaseId: base.body.id });
    await org("DELETE", `/v1/documents/${first}`);
    await add(org);
    expect(ids.size).toBe(4);
  });

  test("two first uploads at once become one document", async () => {
    const fakes = makeFakes();
    const { create } = fakes.ports.documents;
    // The database's answer to the slower one: by then the faster one's row is there.
    const documents: typeof fakes.ports.documents = {
      ...fakes.ports.documents,
      create: async (fields) => {
        await create({ ...fields, id: randomUUID() });
        throw new PermanentError("conflict", "the source key is taken");
      },
    };
    const app = await startApp({}, { ...fakes, ports: { ...fakes.ports, documents } });
    const { status, body } = await app.signUp()("POST", "/v1/documents", form("v1", { sourceKey }));
    expect([status, body.sha256, app.documents.size, app.objects.size]).toEqual([200, sha256("v1"), 1, 0]);
  });
});

describe("PUT content", () => {
  const withDocument = async (fields: Parameters<typeof makeDocumentRow>[0] = {}) => {
    const app = await startApp();
    const org = app.signUp();
    const row = makeDocumentRow({ orgId: org.orgId, state: "ready", rawSha256: sha256("v1"), ...fields });
    app.documents.set(row.id, row);
    return { app, org, row, put: (data?: FormData) => org("PUT", `/v1/documents/${row.id}/content`, data) };
  };

  test("other bytes are queued as the next version; the same bytes are no work", async () => {
    const { app, row, put } = await withDocument();
    expect(await put(form("v1"))).toMatchObject({ status: 200, body: { generation: 1 } });
    expect([app.objects.size, app.enqueued.length]).toEqual([0, 0]);

    const { status, headers, body } = await put(form("v2", { name: "Новый устав.pdf" }));
    expect([status, headers.get("location")]).toEqual([202, `/v1/documents/${row.id}`]);
    expect(body).toMatchObject({ generation: 2, name: "Новый устав.pdf", sha256: sha256("v2"), byteSize: 2 });
    expect([app.objects.size, app.enqueued.length]).toEqual([1, 1]);
  });

  test("an object whose row was not written does not stay", async () => {
    const { app, put } = await withDocument();
    Object.assign(app.ports.versions, { replaceContent: () => Promise.reject(new Error("no answer")) });
    expect((await put(form("v2"))).status).toBe(500);
    expect(app.objects.size).toBe(0);
  });

  test.each([
    [{ state: "deleting" as const }, 409],
    [{ parentDocumentId: randomUUID() }, 409],
  ])("is refused for %o", async (fields, status) => {
    const { app, put } = await withDocument(fields);
    expect(await put(form("v2"))).toMatchObject({ status, body: { code: "conflict" } });
    expect(app.objects.size).toBe(0);
  });

  test("needs a file", async () => {
    const { put } = await withDocument();
    expect(await put()).toMatchObject({ status: 400, body: { code: "invalid_request" } });
  });
});

test("an organisation's own size limit holds for uploads, new versions and objects in Storage", async () => {
  const app = await startApp();
  const org = app.signUp();
  app.limits.set(org.orgId, { maxFileBytes: 3, maxPages: null, maxChunks: null, maxParseSeconds: null });
  const path = `${org.orgId}/inbox/a.pdf`;
  app.objects.set(path, { body: new Blob(["1234"]), contentType: "application/pdf" });
  const tooLarge = { status: 413, body: { code: "file_too_large", detail: expect.stringContaining("limit is 3") } };
  expect(await org("POST", "/v1/documents", form("1234"))).toMatchObject(tooLarge);
  expect(await org("POST", "/v1/documents", { objectPath: path, name: "a.pdf" })).toMatchObject(tooLarge);
  const { status, body } = await org("POST", "/v1/documents", form("123"));
  expect(status).toBe(202);
  expect(await org("PUT", `/v1/documents/${body.id}/content`, form("1234"))).toMatchObject(tooLarge);
  expect([app.objects.size, app.enqueued.length]).toEqual([2, 1]);
  expect((await app.signUp()("POST", "/v1/documents", form("1234"))).status).toBe(202);
});

test("attachments are documents that name their parent, and can be listed by it", async () => {
  const app = await startApp();
  const org = app.signUp();
  const parent = makeDocumentRow({ orgId: org.orgId, name: "письмо.eml" });
  const child = makeDocumentRow({ orgId: org.orgId, parentDocumentId: parent.id, attachmentDepth: 1 });
  for (const row of [parent, child]) app.documents.set(row.id, row);
  const { body } = await org("GET", `/v1/documents?parentDocumentId=${parent.id}`);
  expect(body.documents).toMatchObject([{ id: child.id, parentDocumentId: parent.id }]);
  expect((await org("GET", `/v1/documents/${parent.id}`)).body.parentDocumentId).toBeNull();
  expect((await org("GET", `/v1/documents?parentDocumentId=${randomUUID()}`)).status).toBe(404);
});

test("what could not be read is shown with the document", async () => {
  const app = await startApp();
  const org = app.signUp();
  const warnings = [{ code: "part_unreadable" as const, message: "image 3 is damaged", page: 2 }];
  const row = makeDocumentRow({ orgId: org.orgId, state: "ready_partial", errorCode: "part_unreadable", warnings });
  app.documents.set(row.id, row);
  const { body } = await org("GET", `/v1/documents/${row.id}`);
  expect(body).toMatchObject({ warnings, error: { code: "part_unreadable" }, stage: "done", progress: 1 });
});

describe("progress", () => {
  const at = (seconds: number) => new Date(Date.UTC(2026, 10, 23) + seconds * 1000).toISOString();

  test.each([
    ["queued", { state: "queued" }, { stage: "queued", progress: 0, etaSeconds: null }],
    ["being read", { state: "processing" }, { stage: "reading", progress: 0, etaSeconds: null }],
    [
      "being stored",
      { state: "processing", chunkCount: 200, storedCount: 100 },
      { stage: "storing", progress: 0.025, etaSeconds: null, counts: { chunks: 200, stored: 100 } },
    ],
    [
      "waiting for vectors: no pace yet",
      { state: "embedding", chunkCount: 200, storedCount: 200, embeddedCount: 40, embeddingFrom: 40 },
      { stage: "embedding", etaSeconds: null },
    ],
    [
      "embedding at 10 a second, with 100 left",
      {
        state: "embedding",
        chunkCount: 200,
        embeddedCount: 90,
        quarantinedCount: 10,
        embeddingFrom: 40,
        embeddingSince: at(0),
        updatedAt: at(5),
      },
      { stage: "embedding", progress: 0.55, etaSeconds: 10 },
    ],
    ["searchable", { state: "ready", embeddingSince: at(0) }, { stage: "done", progress: 1, etaSeconds: null }],
    ["failed", { state: "failed" }, { stage: "done", progress: 0, etaSeconds: null }],
  ] as const)("%s", async (_, fields, expected) => {
    const app = await startApp();
    const org = app.signUp();
    const row = makeDocumentRow({ orgId: org.orgId, ...fields });
    app.documents.set(row.id, row);
    expect((await org("GET", `/v1/documents/${row.id}`)).body).toMatchObject(expected);
  });
});
