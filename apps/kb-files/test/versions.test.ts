import { connectSeal } from "@gpt-agent/crypto/connect-seal";
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { kbFiles } from "@gpt-agent/jobs/queues/kb-files";
import { connectSupabase } from "@gpt-agent/supabase/client";
import { makeDocuments, type DocumentRow } from "@gpt-agent/supabase/documents";
import { makeEmbeddingStore } from "@gpt-agent/supabase/embedding-store";
import { makeDataKeys } from "@gpt-agent/supabase/data-keys";
import { makeDocumentPasswords, passwordPlace } from "@gpt-agent/supabase/document-passwords";
import { makeFiles, textPath } from "@gpt-agent/supabase/files";
import { makeGraph } from "@gpt-agent/supabase/graph";
import { makeKnowledgeBases } from "@gpt-agent/supabase/knowledge-bases";
import { makeLimits } from "@gpt-agent/supabase/limits";
import { makeProfiles } from "@gpt-agent/supabase/profiles";
import { makeVersions } from "@gpt-agent/supabase/versions";
import { perform } from "@gpt-agent/worker/testing";
import PdfWriter from "pdfkit";
import { expect, inject, test } from "vitest";
import { connectStores } from "../src/connect.ts";
import { makeHandler } from "../src/handler.ts";
import { makeOnFailed } from "../src/on-failed.ts";
import { makeParser } from "../src/parser/parser-process.ts";
import type { Ports } from "../src/ports.ts";
import { corpusFile } from "../src/testing/corpus/corpus.ts";

// The handler with the real database, Storage and parser process; jobs are performed one by one, so each can be repeated.

const stack = inject("stack");
const supabase = connectSupabase({
  url: stack.SUPABASE_URL,
  serviceRoleKey: { reveal: () => stack.SUPABASE_SERVICE_ROLE_KEY },
});
const documents = makeDocuments(supabase);
const versions = makeVersions(supabase);
const files = makeFiles(supabase);
const graph = makeGraph(supabase);
const store = makeEmbeddingStore(supabase);
const limits = makeLimits(supabase);
const key = `hex:${randomBytes(32).toString("hex")}`;
const keys = { activeKey: { reveal: () => key }, previousKeys: [] };
const ports: Ports = {
  ...connectStores(supabase, keys),
  documents,
  versions,
  files,
  limits,
  parse: makeParser(),
  defaultLimits: { maxFileBytes: 100_000_000, maxPages: 1_000, maxChunks: 10_000, maxParseSeconds: null },
};

const newPlace = async () => {
  const orgId = randomUUID();
  const profile = await makeProfiles(supabase).ensure({
    provider: "local",
    model: "test-tiny",
    dimensions: 3,
    version: 1,
    priceUsdPerMtok: 0,
    maxInputTokens: 100_000,
    maxBatchInputs: 96,
    maxBatchTokens: 400_000,
  });
  const chunking = { maxTokens: 100, overlapTokens: 10 };
  const base = await makeKnowledgeBases(supabase).create({ orgId, name: "База", profileId: profile.id, chunking });
  return { orgId, knowledgeBaseId: base.id, profileId: profile.id };
};
type Place = Awaited<ReturnType<typeof newPlace>>;

const stored = async ({ orgId }: Place, body: string | Buffer) => {
  const objectPath = `${orgId}/documents/${randomUUID()}/original`;
  await files.upload({ orgId, path: objectPath, body, contentType: "text/markdown" });
  const digest = await crypto.subtle.digest("SHA-256", Buffer.from(body as string));
  return { objectPath, byteSize: Buffer.byteLength(body), rawSha256: Buffer.from(digest).toString("hex") };
};

const newDocument = async (place: Place, body: string | Buffer, name = "договор.md"): Promise<DocumentRow> => {
  const { orgId, knowledgeBaseId } = place;
  return documents.create({ orgId, knowledgeBaseId, name, mime: null, ...(await stored(place, body)) });
};

const run = (kind: "process" | "delete", { orgId }: Place, documentId: string, replaced: Partial<Ports> = {}) =>
  perform(kbFiles, makeHandler({ ...ports, ...replaced }), { kind, orgId, documentId });

/** What embeddings does: how many chunks it had to embed. */
const embed = async ({ orgId, profileId }: Place, documentId: string): Promise<number> => {
  const { generation = 0 } = (await documents.get({ orgId, documentId })) ?? {};
  const scope = { orgId, documentId, generation };
  const { lease = "" } = await store.claim({ ...scope, leaseSeconds: 600 });
  await store.reuse({ ...scope, lease });
  for (let embedded = 0; ;) {
    const pending = await store.pending({ ...scope, limit: 500 });
    if (pending.length === 0) return embedded;
    embedded += pending.length;
    const vectors = pending.map(({ chunkId }) => ({ chunkId, vector: [1, 2, 3] }));
    await store.store({ ...scope, lease, profileId, vectors, requestId: randomUUID(), tokens: 1, costUsd: 0 });
  }
};

/** What knowledge-graph does, with an extractor that knows one word: how many chunks it had to read. */
const extract = async ({ orgId }: Place, documentId: string): Promise<number> => {
  const { generation = 0 } = (await documents.get({ orgId, documentId })) ?? {};
  const scope = { orgId, documentId, generation };
  const { lease = "" } = await graph.claim({ ...scope, leaseSeconds: 600 });
  for (let read = 0; ;) {
    const pending = await graph.pending({ ...scope, limit: 500 });
    if (pending.length === 0) {
      await graph.finish({ ...scope, lease });
      return read;
    }
    for (const { chunkId, content } of pending) {
      const charStart = Array.from(content.slice(0, content.indexOf("Ромашка"))).length;
      const mention = { charStart, charEnd: charStart + 7, surface: "Ромашка", confidence: 0.5 };
      const flower = { ref: "1", type: "organisation", name: "Ромашка", key: "ромашка", mentions: [mention] };
      const entities = content.includes("Ромашка") ? [flower] : [];
      await graph.applyChunk({
        ...scope,
        lease,
        chunkId,
        contribution: { extractor: "test-1", entities, relations: [], rejected: [] },
      });
    }
    read += pending.length;
  }
};

const missing = async ({ orgId }: Place, path: string): Promise<boolean> =>
  (await files.find({ orgId, path })) === undefined;

test("one paragraph edited in 1,000 chunks: at most 3 are embedded and read; the same bytes again: none", async () => {
  const place = await newPlace();
  const { orgId } = place;
  const paragraph = (n: number): string =>
    `${n}. Ромашка поставляет товар № ${n * 37} на склад ${n % 11}, срок ${(n * 7) % 90} дней, цена ${n * 13} рублей.`;
  const sections = Array.from({ length: 130 }, (_, s) =>
    [`## Раздел ${s}`, ...Array.from({ length: 20 }, (__, p) => paragraph(s * 20 + p))].join("\n\n"),
  );
  const before = sections.join("\n\n");
  const { id: documentId } = await newDocument(place, before);
  expect((await run("process", place, documentId)).state).toBe("completed");
  const row = await documents.get({ orgId, documentId });
  const chunkCount = row?.chunkCount ?? 0;
  expect(chunkCount).toBeGreaterThanOrEqual(1_000);
  expect(await embed(place, documentId)).toBe(chunkCount);
  expect(await extract(place, documentId)).toBe(chunkCount);

  // In the middle of a section that is many chunks long.
  const after = before.replace(
    paragraph(1_310),
    "1310. Стороны договорились иначе: поставка отменена, аванс возвращён.",
  );
  expect(after).not.toBe(before);
  await versions.replaceContent({ orgId, documentId, ...(await stored(place, after)) });
  expect((await run("process", place, documentId)).state).toBe("completed");
  const embedded = await embed(place, documentId);
  const read = await extract(place, documentId);
  expect([embedded, read].every((count) => count >= 1 && count <= 3)).toBe(true);
  expect(await documents.get({ orgId, documentId })).toMatchObject({ state: "ready", graphState: "ready" });

  await documents.reprocess({ orgId, documentId });
  expect((await run("process", place, documentId)).state).toBe("completed");
  expect([await embed(place, documentId), await extract(place, documentId)]).toEqual([0, 0]);
  const entity = await graph.entities({ orgId, limit: 2 });
  expect(entity.entities).toMatchObject([{ name: "Ромашка", documentCount: 1 }]);
}, 240_000);

test("the older file is kept until the new version is searched, and removed afterwards", async () => {
  const place = await newPlace();
  const { orgId } = place;
  const old = await newDocument(place, "Первая редакция.");
  await run("process", place, old.id);
  await embed(place, old.id);
  const next = await stored(place, "Вторая редакция.");
  await versions.replaceContent({ orgId, documentId: old.id, ...next });
  await run("process", place, old.id);
  const oldText = textPath(orgId, old.id, 1);
  expect([await missing(place, old.objectPath), await missing(place, oldText)]).toEqual([false, false]);
  await embed(place, old.id);

  for (let repetition = 0; repetition < 2; repetition += 1) {
    expect(await run("process", place, old.id)).toMatchObject({ state: "completed", enqueued: [] });
    expect([await missing(place, old.objectPath), await missing(place, oldText)]).toEqual([true, true]);
  }
  expect([await missing(place, next.objectPath), await missing(place, textPath(orgId, old.id, 2))]).toEqual([
    false,
    false,
  ]);
  expect(await documents.get({ orgId, documentId: old.id })).toMatchObject({ supersededPaths: [], liveGeneration: 2 });
});

test("limits of the organisation end the document as blocked, with a sentence; raised, it goes through", async () => {
  const place = await newPlace();
  const { orgId } = place;
  const { id: documentId } = await newDocument(place, "# Раз\n\nТекст один.\n\n# Два\n\nТекст два.");
  await limits.set({ orgId, maxChunks: 1 });
  const outcome = await run("process", place, documentId);
  expect(outcome).toMatchObject({ state: "permanent", code: "file_too_many_chunks" });
  const message = outcome.error?.message ?? "";
  await makeOnFailed(ports)({ kind: "process", orgId, documentId }, { code: "file_too_many_chunks", message });
  expect(await documents.get({ orgId, documentId })).toMatchObject({
    state: "blocked",
    errorCode: "file_too_many_chunks",
    errorMessage: expect.stringMatching(/"договор\.md" makes 2 passages, above your organisation's limit of 1\./),
  });
  await limits.set({ orgId, maxChunks: null, maxFileBytes: 10 });
  await documents.reprocess({ orgId, documentId });
  expect(await run("process", place, documentId)).toMatchObject({ code: "file_too_large" });
  await limits.set({ orgId, maxFileBytes: null });
  expect((await run("process", place, documentId)).state).toBe("completed");
});

/** A message whose attachments the parser process would have written. */
const parseMail =
  (attachments: readonly (readonly [name: string, content: string])[]): Ports["parse"] =>
  async (request, signal) => ({
    ...(await ports.parse(request, signal)),
    attachments: await Promise.all(
      attachments.map(async ([name, content], n) => {
        const file = `attachment-${n}`;
        await writeFile(join(request.attachmentsFolder ?? "", file), content);
        return { file, name, mime: "text/plain", byteSize: Buffer.byteLength(content) };
      }),
    ),
  });

test("attachments: made once however often the job comes, kept by a new version that has them, deleted with their parent", async () => {
  const place = await newPlace();
  const { orgId } = place;
  const { id: documentId } = await newDocument(place, "Во вложении акт и счёт.", "письмо.txt");
  const children = async () => {
    const page = await documents.list({ orgId, parentDocumentId: documentId, limit: 50 });
    return new Map(page.documents.map((child) => [child.name, child]));
  };
  const parse = parseMail([
    ["акт.txt", "Акт подписан."],
    ["счёт.txt", "Счёт на 100 рублей."],
  ]);

  // Killed after the attachments were made, before anything else: the next attempt finds them.
  const lost = () => Promise.reject(new Error("connection lost"));
  const killed = await run("process", place, documentId, { parse, chunks: { store: lost } });
  expect(killed.state).toBe("retry");
  const first = await children();
  expect([...first.keys()].toSorted()).toEqual(["акт.txt", "счёт.txt"]);
  const again = await run("process", place, documentId, { parse });
  expect(again.state).toBe("completed");
  expect(new Set([...(await children()).values()].map(({ id }) => id))).toEqual(
    new Set([...first.values()].map(({ id }) => id)),
  );
  const told = again.enqueued.filter(({ queue }) => queue.name === "kb-files").map(({ payload }) => payload);
  expect(told).toHaveLength(2);
  for (const { id } of first.values()) {
    expect((await run("process", place, id)).state).toBe("completed");
    await embed(place, id);
  }
  await embed(place, documentId);

  await versions.replaceContent({ orgId, documentId, ...(await stored(place, "Во вложении акт и письмо.")) });
  const newer = parseMail([
    ["письмо.txt", "Новое вложение."],
    ["акт.txt", "Акт подписан."],
  ]);
  expect((await run("process", place, documentId, { parse: newer })).state).toBe("completed");
  expect((await children()).get("счёт.txt")).toMatchObject({ state: "ready" }); // the older version is still searched
  await embed(place, documentId);
  const second = await children();
  expect(second.get("акт.txt")).toMatchObject({ id: first.get("акт.txt")?.id, state: "ready", generation: 1 });
  expect(second.get("письмо.txt")).toMatchObject({ state: "queued" });
  expect(second.get("счёт.txt")).toMatchObject({ state: "deleting" });

  await documents.beginDelete({ orgId, documentId });
  const deletion = await run("delete", place, documentId);
  const ids = [...second.values()].map(({ id }) => id);
  expect(deletion.enqueued.map(({ payload }) => payload)).toEqual(
    expect.arrayContaining(ids.map((id) => ({ kind: "delete", orgId, documentId: id }))),
  );
  for (const id of ids) expect((await run("delete", place, id)).state).toBe("completed");
  expect((await documents.list({ orgId, limit: 10 })).documents).toEqual([]);
  for (const { objectPath } of second.values()) expect(await missing(place, objectPath)).toBe(true);
});

test("a deletion goes on wherever it stopped: objects gone already, Storage away, killed before the row", async () => {
  const place = await newPlace();
  const { orgId } = place;
  const { id: documentId, objectPath } = await newDocument(place, "Удаляемый текст.");
  await run("process", place, documentId);
  await embed(place, documentId);
  await documents.beginDelete({ orgId, documentId });

  const away = { ...files, remove: () => Promise.reject(new Error("storage does not answer")) };
  expect((await run("delete", place, documentId, { files: away })).state).toBe("retry");
  expect([await missing(place, objectPath), (await documents.get({ orgId, documentId }))?.state]).toEqual([
    false,
    "deleting",
  ]);
  await files.remove({ orgId, paths: [objectPath] }); // by somebody else
  const finishDelete = () => Promise.reject(new Error("connection lost"));
  expect((await run("delete", place, documentId, { documents: { ...documents, finishDelete } })).state).toBe("retry");
  expect(await missing(place, textPath(orgId, documentId, 1))).toBe(true);
  expect(await documents.get({ orgId, documentId })).toMatchObject({ state: "deleting" });

  for (let repetition = 0; repetition < 2; repetition += 1) {
    expect((await run("delete", place, documentId)).state).toBe("completed");
    expect(await documents.get({ orgId, documentId })).toBeUndefined();
  }
});

test("a protected PDF waits for its password, which is stored sealed and opens it", async () => {
  const place = await newPlace();
  const pdf = new PdfWriter({ userPassword: "open sesame" });
  pdf.text("Behind the door stands a table.");
  pdf.end();
  const body = Buffer.concat(await Array.fromAsync(pdf as AsyncIterable<Buffer>));
  const { id: documentId, orgId } = await newDocument(place, body, "locked.pdf");
  expect(await run("process", place, documentId)).toMatchObject({ state: "permanent", code: "password_required" });

  const seal = connectSeal(keys, makeDataKeys(supabase));
  const passwords = makeDocumentPasswords(supabase);
  const sealed = await seal.seal(passwordPlace({ orgId, documentId }), "open sesame");
  expect(sealed).not.toContain("sesame");
  expect(await passwords.set({ orgId, documentId, sealed })).toBe(true);
  await documents.reprocess({ orgId, documentId });
  expect(await run("process", place, documentId)).toMatchObject({ state: "completed" });
  expect(await documents.get({ orgId, documentId })).toMatchObject({ state: "embedding", chunkCount: 1 });
});

test("a message's attachments become documents of their own, read like any other", async () => {
  const place = await newPlace();
  // The first generated message that has any.
  let mail = await corpusFile("eml", 0);
  for (let seed = 2; (mail.attachments ?? []).length < 2; seed += 2) mail = await corpusFile("eml", seed);
  const { orgId, id: documentId } = await newDocument(place, mail.bytes, "письмо.eml");
  const outcome = await run("process", place, documentId);
  expect(outcome).toMatchObject({ state: "completed" });

  const children = await documents.list({ orgId, parentDocumentId: documentId, limit: 10 });
  const expected = (mail.attachments ?? []).map(({ name }) => name).toSorted();
  expect(children.documents.map(({ name }) => name).toSorted()).toEqual(expected);
  const told = outcome.enqueued.filter(({ queue }) => queue.name === "kb-files").map(({ payload }) => payload);
  expect(told).toHaveLength(expected.length);
  for (const { id, name, rawSha256 } of children.documents) {
    expect(await run("process", place, id)).toMatchObject({ state: "completed" });
    expect(await documents.get({ orgId, documentId: id })).toMatchObject({ state: "embedding", attachmentDepth: 1 });
    const bytes = mail.attachments?.find((attachment) => attachment.name === name)?.bytes ?? Buffer.alloc(0);
    expect(rawSha256).toBe(createHash("sha256").update(bytes).digest("hex"));
  }
});
