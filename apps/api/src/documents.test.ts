import { randomUUID } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { QueueUnavailableError } from "@gpt-agent/queue/errors";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { makeDocumentRow, makeFakes } from "./testing/fakes.ts";
import { startApp } from "./testing/start-app.ts";

const form = (fields: Record<string, string | File>): FormData => {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  return data;
};

const file = (name = "Устав.pdf", content = "содержимое") => new File([content], name, { type: "application/pdf" });

describe("an upload", () => {
  test("becomes an object, a row and a job, and the answer says where to follow it", async () => {
    const app = await startApp();
    const org = app.signUp();
    const metadata = JSON.stringify({ source: "архив", tags: ["2026"] });
    const { status, headers, body } = await org("POST", "/v1/documents", form({ file: file(), metadata }));

    expect(status).toBe(202);
    expect(headers.get("location")).toBe(`/v1/documents/${body.id}`);
    expect(body).toMatchObject({
      name: "Устав.pdf",
      mime: "application/pdf",
      byteSize: 20,
      state: "queued",
      progress: 0,
    });
    expect(body.metadata).toEqual({ source: "архив", tags: ["2026"] });

    const path = new RegExp(`^${org.orgId}/documents/${body.id}/[0-9a-f-]{36}/original\\.pdf$`);
    const { objectPath } = app.documents.get(body.id) ?? {};
    expect(app.documents.get(body.id)).toMatchObject({ orgId: org.orgId, objectPath: expect.stringMatching(path) });
    expect(await app.objects.get(objectPath ?? "")?.body.text()).toBe("содержимое");
    expect(app.enqueued).toMatchObject([{ payload: { kind: "process", orgId: org.orgId, documentId: body.id } }]);
    expect([...app.bases.values()]).toMatchObject([{ orgId: org.orgId, name: "default", id: body.knowledgeBaseId }]);
  });

  test.each([
    ["raw UTF-8", Buffer.from("Отчёт за март.docx", "utf8"), "Отчёт за март.docx"],
    ["UTF-8 mistaken for Latin-1", Buffer.from(Buffer.from("Отчёт.docx").toString("latin1"), "utf8"), "Отчёт.docx"],
    ["Windows-1251", Buffer.from([0xce, 0xf2, 0xf7, 0xb8, 0xf2, 0x2e, 0x74, 0x78, 0x74]), "Отчёт.txt"],
  ])("keeps a Cyrillic name sent as %s", async (_, nameBytes, expected) => {
    const app = await startApp();
    const org = app.signUp();
    const body = Buffer.concat([
      Buffer.from('--xxx\r\nContent-Disposition: form-data; name="file"; filename="'),
      nameBytes,
      Buffer.from('"\r\nContent-Type: text/plain\r\n\r\nтекст\r\n--xxx--\r\n'),
    ]);
    const answer = await org("POST", "/v1/documents", body, { "content-type": "multipart/form-data; boundary=xxx" });
    expect(answer).toMatchObject({ status: 202, body: { name: expected } });
  });

  test("is answered and stored while Redis is away; the log says so", async () => {
    const fakes = makeFakes();
    const app = await startApp(
      {},
      { ...fakes, ports: { ...fakes.ports, enqueue: () => Promise.reject(new QueueUnavailableError("down")) } },
    );
    const { status, body } = await app.signUp()("POST", "/v1/documents", form({ file: file() }));
    expect(status).toBe(202);
    expect(app.documents.has(body.id)).toBe(true);
    expect(app.logged).toContainEqual(
      expect.objectContaining({
        level: "warn",
        fields: expect.objectContaining({ code: "queue_unavailable", requestId: expect.any(String) }),
      }),
    );
  });

  test("leaves no object behind when its row cannot be written", async () => {
    const fakes = makeFakes();
    const documents = { ...fakes.ports.documents, create: () => Promise.reject(new Error("database is away")) };
    const app = await startApp({}, { ...fakes, ports: { ...fakes.ports, documents } });
    const { status } = await app.signUp()("POST", "/v1/documents", form({ file: file() }));
    expect(status).toBe(500);
    expect(app.objects.size).toBe(0);
    expect(app.enqueued).toEqual([]);
  });

  test.each([
    ["no file", () => form({ metadata: "{}" }), "form/file"],
    ["a file in another field", () => form({ document: file() }), "document"],
    ["an unknown field", () => form({ file: file(), kb: "x" }), "kb"],
    ["metadata that is not JSON", () => form({ file: file(), metadata: "{oops" }), "metadata"],
    ["metadata that is not an object", () => form({ file: file(), metadata: "[1]" }), "metadata"],
    ["metadata with a NUL", () => form({ file: file(), metadata: '{"a":{"b":"\\u0000"}}' }), "metadata"],
    ["a knowledge base that is no id", () => form({ file: file(), knowledgeBaseId: "main" }), "knowledgeBaseId"],
  ])("with %s is refused", async (_, makeForm, named) => {
    const app = await startApp();
    const { status, body } = await app.signUp()("POST", "/v1/documents", makeForm());
    expect(status).toBe(400);
    expect(body.code).toBe("invalid_request");
    expect(JSON.stringify(body.errors)).toContain(named.split("/").at(-1));
    expect(app.documents.size).toBe(0);
    expect(app.objects.size).toBe(0);
  });

  test("without multipart framing or as another type is refused", async () => {
    const app = await startApp();
    const org = app.signUp();
    const type = (value: string) => ({ "content-type": value });
    expect((await org("POST", "/v1/documents", "nothing", type("multipart/form-data"))).status).toBe(400);
    expect((await org("POST", "/v1/documents", "--b\r\ncut", type("multipart/form-data; boundary=b"))).status).toBe(
      400,
    );
    expect((await org("POST", "/v1/documents", "text", type("text/plain"))).status).toBe(415);
    expect((await org("POST", "/v1/documents")).status).toBe(415);
  });

  test("above the limit is refused before it is read", async () => {
    const app = await startApp();
    const { promise: status, resolve, reject } = Promise.withResolvers<number | undefined>();
    const headers = { ...multipart(app.signUp().key), "content-length": 1e9 };
    const upload = request(`${app.url}/v1/documents`, { method: "POST", headers }, (res) => {
      resolve(res.statusCode);
      upload.destroy();
    });
    upload.on("error", reject);
    upload.flushHeaders();
    expect(await status).toBe(413);
  });

  test("leaves no temporary file, whether it succeeds, fails or is abandoned", async () => {
    const uploadFolder = await mkdtemp(join(tmpdir(), "gpt-agent-api-test-"));
    onTestFinished(() => rm(uploadFolder, { recursive: true }));
    const app = await startApp({ uploadFolder });
    const org = app.signUp();
    expect((await org("POST", "/v1/documents", form({ file: file() }))).status).toBe(202);
    expect((await org("POST", "/v1/documents", form({ file: file(), knowledgeBaseId: randomUUID() }))).status).toBe(
      404,
    );
    expect(await readdir(uploadFolder)).toEqual([]);

    const abandoned = request(`${app.url}/v1/documents`, { method: "POST", headers: multipart(org.key) });
    abandoned.on("error", () => {});
    abandoned.write('--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhalf');
    await vi.waitUntil(async () => (await readdir(uploadFolder)).length === 1, { interval: 5, timeout: 4_000 });
    abandoned.destroy();
    await vi.waitUntil(async () => (await readdir(uploadFolder)).length === 0, { interval: 5, timeout: 4_000 });
  });
});

const multipart = (key: string) => ({
  authorization: `Bearer ${key}`,
  "content-type": "multipart/form-data; boundary=b",
});

describe("a document by reference", () => {
  test("is registered where it lies", async () => {
    const app = await startApp();
    const org = app.signUp();
    const objectPath = `${org.orgId}/import/price.xlsx`;
    app.objects.set(objectPath, { body: new Blob(["прайс"]), contentType: "application/vnd.ms-excel" });
    const { status, body } = await org("POST", "/v1/documents", { objectPath, name: "Прайс.xlsx", metadata: { a: 1 } });
    expect(status).toBe(202);
    expect(app.documents.get(body.id)).toMatchObject({
      objectPath,
      name: "Прайс.xlsx",
      metadata: { a: 1 },
      byteSize: 10,
    });
    expect(body.mime).toBe("application/vnd.ms-excel");
    expect(app.enqueued).toHaveLength(1);
  });

  test.each([
    ["another organisation's path", () => `${randomUUID()}/a.pdf`, 404],
    ["an object that is not there", (org: string) => `${org}/import/nothing.pdf`, 404],
    ["no organisation", () => "a.pdf", 404],
    ["another document's original", (org: string) => `${org}/documents/${randomUUID()}/original.pdf`, 404],
    ["a way out of the folder", (org: string) => `${org}/../${randomUUID()}/a.pdf`, 400],
    ["an empty part", (org: string) => `${org}//a.pdf`, 400],
    ["a control character", (org: string) => `${org}/a\u0000.pdf`, 400],
  ])("refuses %s", async (_, path, expected) => {
    const app = await startApp();
    const org = app.signUp();
    const { status } = await org("POST", "/v1/documents", { objectPath: path(org.orgId), name: "a.pdf" });
    expect(status).toBe(expected);
    expect(app.documents.size).toBe(0);
  });
});

describe("documents", () => {
  test("are listed page by page, filtered by state and knowledge base", async () => {
    const app = await startApp();
    const org = app.signUp();
    const base = (await org("POST", "/v1/knowledge-bases", { name: "Право" })).body;
    for (let i = 0; i < 5; i++) {
      const row = makeDocumentRow({
        orgId: org.orgId,
        name: `${i}`,
        ...(i < 3 && { knowledgeBaseId: base.id, state: "ready" as const }),
      });
      app.documents.set(row.id, row);
    }
    const names: string[] = [];
    for (let cursor: string | undefined, page = 0; page < 9; page++) {
      const { body } = await org("GET", `/v1/documents?limit=2${cursor ? `&cursor=${cursor}` : ""}`);
      names.push(...body.documents.map(({ name }: { name: string }) => name));
      cursor = body.nextCursor;
      if (!cursor) break;
    }
    expect(names).toEqual(["0", "1", "2", "3", "4"]);
    expect((await org("GET", "/v1/documents?state=ready")).body.documents).toHaveLength(3);
    expect((await org("GET", `/v1/documents?knowledgeBaseId=${base.id}&state=queued`)).body.documents).toHaveLength(0);
  });

  test.each([
    "limit=0",
    "limit=201",
    "limit=x",
    "limit=1&limit=2",
    "state=done",
    "knowledgeBaseId=1",
    "cursor=",
    "sort=name",
  ])("refuse the query %s", async (query) => {
    const { status, body } = await (await startApp()).signUp()("GET", `/v1/documents?${query}`);
    expect(status).toBe(400);
    expect(body.errors[0]).toMatchObject({ in: "query" });
  });

  test("tell what went wrong in a sentence", async () => {
    const app = await startApp();
    const org = app.signUp();
    const row = makeDocumentRow({
      orgId: org.orgId,
      state: "failed",
      errorCode: "password_required",
      errorMessage: null,
    });
    app.documents.set(row.id, row);
    const { body } = await org("GET", `/v1/documents/${row.id}`);
    expect(body).toMatchObject({ state: "failed", settled: true });
    expect(body.error).toEqual({ code: "password_required", message: expect.stringContaining("password") });
  });

  test("go on embedding once somebody has paid, and only the organisation's own", async () => {
    const app = await startApp();
    const [org, other] = [app.signUp(), app.signUp()];
    const blocked = { state: "blocked", errorCode: "ai_payment_required" } as const;
    const rows = [org, other].map(({ orgId }) => makeDocumentRow({ orgId, ...blocked }));
    for (const row of rows) app.documents.set(row.id, row);
    expect(await org("POST", "/v1/embeddings/resume")).toMatchObject({ status: 200, body: { documents: 1 } });
    expect(rows.map(({ id }) => app.documents.get(id)?.state)).toEqual(["embedding", "blocked"]);
    expect(app.enqueued.map(({ payload }) => payload)).toEqual([
      { orgId: org.orgId, documentId: rows[0]?.id, generation: 1 },
    ]);
  });

  test("are deleted and reprocessed by the worker", async () => {
    const app = await startApp();
    const org = app.signUp();
    const row = makeDocumentRow({ orgId: org.orgId, state: "ready", graphState: "ready" });
    app.documents.set(row.id, row);

    const again = await org("POST", `/v1/documents/${row.id}/reprocess`);
    expect(again).toMatchObject({ status: 202, body: { state: "queued", generation: 2 } });
    const gone = await org("DELETE", `/v1/documents/${row.id}`);
    expect(gone).toMatchObject({ status: 202, body: { state: "deleting" } });
    expect(app.enqueued.map(({ payload }) => payload)).toEqual([
      { kind: "process", orgId: org.orgId, documentId: row.id },
      { kind: "delete", orgId: org.orgId, documentId: row.id },
    ]);

    const late = await org("POST", `/v1/documents/${row.id}/reprocess`);
    expect(late).toMatchObject({ status: 409, body: { code: "conflict" } });
  });
});

describe("the password of a protected file", () => {
  test("comes with the upload or afterwards, is sealed for its document and told nobody", async () => {
    const app = await startApp();
    const org = app.signUp();
    const { body } = await org("POST", "/v1/documents", form({ file: file(), password: "open sesame" }));
    expect(app.passwords.get(body.id)).toBe(`v1.${org.orgId}.sealed.open sesame`);
    expect(JSON.stringify(body)).not.toContain("sesame");

    const blocked = makeDocumentRow({ orgId: org.orgId, state: "blocked", errorCode: "password_required" });
    app.documents.set(blocked.id, blocked);
    const given = await org("PUT", `/v1/documents/${blocked.id}/password`, { password: "mellon" });
    expect(given).toMatchObject({ status: 202, body: { state: "queued" } });
    expect(app.passwords.get(blocked.id)).toContain("mellon");
    expect(app.enqueued.at(-1)?.payload).toMatchObject({ kind: "process", documentId: blocked.id });
    expect((await org("PUT", `/v1/documents/${blocked.id}/password`, { password: "" })).status).toBe(400);
  });
});

test("an organisation reads its own limits", async () => {
  const app = await startApp();
  const org = app.signUp();
  const own = { maxFileBytes: 5, maxPages: null, maxChunks: 9, maxParseSeconds: null };
  app.limits.set(org.orgId, own);
  expect(await org("GET", "/v1/limits")).toMatchObject({ status: 200, body: own });
  expect((await app.signUp()("GET", "/v1/limits")).body).toMatchObject({ maxFileBytes: null });
});
