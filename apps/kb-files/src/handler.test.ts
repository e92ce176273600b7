import { createHash } from "node:crypto";
import { readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PermanentError } from "@gpt-agent/jobs/errors";
import { kbFiles } from "@gpt-agent/jobs/queues/kb-files";
import { perform } from "@gpt-agent/worker/testing";
import { describe, expect, test } from "vitest";
import { makeHandler } from "./handler.ts";
import { makeOnFailed } from "./on-failed.ts";
import type { Document, Ports } from "./ports.ts";

const orgId = crypto.randomUUID();
const documentId = crypto.randomUUID();
const ref = { orgId, documentId };

const row: Document = {
  id: documentId,
  orgId,
  knowledgeBaseId: crypto.randomUUID(),
  name: "отчёт.txt",
  byteSize: 5,
  objectPath: `${orgId}/documents/${documentId}/file.txt`,
  supersededPaths: [],
  state: "processing",
  generation: 3,
  liveGeneration: 2,
  attachmentDepth: 0,
};

const noLimits = { maxFileBytes: null, maxPages: null, maxChunks: null, maxParseSeconds: null };
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Every port call in order, and ports whose answers a test may replace. */
const setUp = ({
  chunkCount = 450,
  ...replaced
}: Partial<Ports> & { document?: Partial<Document>; lease?: string; chunkCount?: number } = {}) => {
  const calls: (readonly [name: string, input: unknown])[] = [];
  const record =
    <T>(name: string, answer: T) =>
    async (input: unknown): Promise<T> => {
      calls.push([name, input]);
      return answer;
    };
  const document = { ...row, ...replaced.document };
  const claim = { document, ...("lease" in replaced && replaced.lease === undefined ? {} : { lease: "lease-1" }) };
  const ports: Ports = {
    documents: {
      get: record("get", undefined),
      list: record("list", { documents: [] }),
      claimProcessing: record("claimProcessing", claim),
      claimDelete: record("claimDelete", claim),
      renewLease: record("renewLease", true),
      finishProcessing: record("finishProcessing", undefined),
      finishDelete: record("finishDelete", undefined),
      fail: record("fail", undefined),
    },
    passwords: { get: async () => undefined },
    chunks: { store: record("store", undefined) },
    knowledgeBases: { get: record("knowledgeBase", { chunking: { maxTokens: 300, overlapTokens: 10 } }) },
    files: {
      download: record("download", new Blob(["bytes"])),
      remove: record("remove", undefined),
      upload: async ({ body, ...input }) => void calls.push(["upload", { ...input, text: await body.text() }]),
    },
    parse: async ({ textPath, chunksPath, fileName, maxTokens, overlapTokens }) => {
      calls.push(["parse", { fileName, maxTokens, overlapTokens }]);
      await writeFile(textPath, "текст");
      const lines = Array.from({ length: chunkCount }, (_, ordinal) => JSON.stringify({ ordinal }));
      await writeFile(chunksPath, lines.join("\n"));
      return { format: "text", pageCount: null, charCount: 5, chunkCount, language: "russian" };
    },
    versions: { attach: record("attach", { state: "queued" }), forgetPaths: record("forgetPaths", undefined) },
    limits: { get: record("limits", noLimits) },
    defaultLimits: { maxFileBytes: 1024 * 1024, maxPages: 100, maxChunks: 1000, maxParseSeconds: null },
    ...replaced,
  };
  const names = () => calls.map(([name]) => name);
  const inputs = (name: string) => calls.filter(([called]) => called === name).map(([, input]) => input);
  return { ports, names, inputs, run: () => perform(kbFiles, makeHandler(ports), { kind: "process", ...ref }) };
};

const workFolders = async (): Promise<string[]> =>
  (await readdir(tmpdir())).filter((name) => name.startsWith(`gpt-agent-kb-files-${process.pid}-`));

const next = { orgId, documentId, generation: 3 };

describe("process", () => {
  test("claims, reads, stores text and chunks in batches, finishes, and only then tells both next stages", async () => {
    const { run, names, inputs } = setUp();
    const outcome = await run();
    expect(outcome.state).toBe("completed");
    expect(names()).toEqual([
      "claimProcessing",
      "knowledgeBase",
      "limits",
      "download",
      "parse",
      "upload",
      "store",
      "store",
      "store",
      "finishProcessing",
    ]);
    expect(inputs("parse")).toEqual([{ fileName: "отчёт.txt", maxTokens: 300, overlapTokens: 10 }]);
    expect(inputs("upload")).toEqual([
      { orgId, path: `${orgId}/texts/${documentId}/3.txt`, contentType: "text/plain; charset=utf-8", text: "текст" },
    ]);
    const stored = inputs("store") as {
      first: boolean;
      lease: string;
      generation: number;
      chunks: { ordinal: number }[];
    }[];
    expect(stored.map(({ first, chunks }) => [first, chunks.length])).toEqual([
      [true, 200],
      [false, 200],
      [false, 50],
    ]);
    expect(stored.flatMap(({ chunks }) => chunks.map(({ ordinal }) => ordinal))).toEqual([...Array(450).keys()]);
    expect(inputs("finishProcessing")).toEqual([
      {
        ...ref,
        generation: 3,
        lease: "lease-1",
        chunkCount: 450,
        charCount: 5,
        pageCount: null,
        language: "russian",
        rawSha256: sha256("bytes"),
        textSha256: sha256("текст"),
        warnings: [],
      },
    ]);
    expect(outcome.enqueued.map(({ queue, payload }) => [queue.name, payload])).toEqual([
      ["embeddings", next],
      ["knowledge-graph", expect.objectContaining(next)],
    ]);
    expect(await workFolders()).toEqual([]);
  });

  test("delivered again after it was done: tells the next stages again, reads nothing", async () => {
    const { run, names } = setUp({ document: { state: "embedding" }, lease: undefined as never });
    expect((await run()).enqueued.map(({ payload }) => payload)).toEqual([next, expect.objectContaining(next)]);
    expect(names()).toEqual(["claimProcessing"]);
  });

  test("a document in any other state is left alone", async () => {
    for (const state of ["ready", "failed", "deleting"]) {
      const { run } = setUp({ document: { state }, lease: undefined as never });
      expect(await run()).toMatchObject({ state: "completed", enqueued: [] });
    }
  });

  test("a file that cannot be read ends at once, and leaves nothing behind", async () => {
    const parse = () => Promise.reject(new PermanentError("file_corrupt", "damaged"));
    const { run, names } = setUp({ parse });
    expect(await run()).toMatchObject({ state: "permanent", code: "file_corrupt", enqueued: [] });
    expect(names()).not.toContain("upload");
    expect(await workFolders()).toEqual([]);
  });

  test("too large: by the row, or by the bytes where the row is wrong", async () => {
    const byRow = setUp({ document: { byteSize: 2 * 1024 * 1024 } });
    expect(await byRow.run()).toMatchObject({ state: "permanent", code: "file_too_large" });
    expect(byRow.names()).not.toContain("download");
    const download = async () => new Blob([new Uint8Array(2 * 1024 * 1024)]).stream();
    const byBytes = setUp({});
    const files = { ...byBytes.ports.files, download };
    expect(await setUp({ files }).run()).toMatchObject({ state: "permanent", code: "file_too_large" });
    expect(await workFolders()).toEqual([]);
  });

  test("limits: the organisation's before the installation's, and the sentence names them", async () => {
    const limitedTo = (own: Partial<Record<keyof typeof noLimits, number>>) =>
      setUp({ limits: { get: async () => ({ ...noLimits, ...own }) } });
    expect(await limitedTo({ maxChunks: 449 }).run()).toMatchObject({
      state: "permanent",
      code: "file_too_many_chunks",
      error: expect.objectContaining({
        message: expect.stringContaining("450 passages, above your organisation's limit"),
      }),
    });
    expect((await limitedTo({ maxChunks: 450 }).run()).state).toBe("completed");
    expect(await setUp({ chunkCount: 1001 }).run()).toMatchObject({ code: "file_too_many_chunks" });
    expect((await limitedTo({ maxChunks: 2000 }).run()).state).toBe("completed");
    expect(await limitedTo({ maxFileBytes: 4 }).run()).toMatchObject({ code: "file_too_large" });

    const { ports } = setUp();
    const requests: Parameters<Ports["parse"]>[0][] = [];
    const parse: Ports["parse"] = async (request, signal) => {
      requests.push(request);
      return { ...(await ports.parse(request, signal)), pageCount: 11 };
    };
    const limits = { get: async () => ({ ...noLimits, maxPages: 10, maxParseSeconds: 30 }) };
    const paged = setUp({ parse, limits });
    expect(await paged.run()).toMatchObject({ state: "permanent", code: "file_too_many_pages" });
    expect(paged.names()).not.toContain("store");
    expect(requests).toMatchObject([{ timeoutMs: 30_000 }]);
    expect((await setUp({ parse }).run()).state).toBe("completed");
    expect(requests[1]).not.toHaveProperty("timeoutMs");
  });

  test("parts that could not be read are told to the row", async () => {
    const { ports } = setUp();
    const warnings = [{ code: "part_unreadable" as const, message: "image 3 is damaged", page: 2 }];
    const parse: Ports["parse"] = async (request, signal) => ({ ...(await ports.parse(request, signal)), warnings });
    const { run, inputs } = setUp({ parse });
    await run();
    expect(inputs("finishProcessing")).toMatchObject([{ warnings }]);
  });

  describe("attachments", () => {
    const withAttachments = (contents: readonly string[], more: Partial<Ports> = {}) => {
      const { ports } = setUp();
      const parse: Ports["parse"] = async (request, signal) => {
        const written = contents.map(async (content, n) => {
          const file = `attachment-${n}`;
          await writeFile(join(request.attachmentsFolder ?? "", file), content);
          return { file, name: `${n}.txt`, mime: n === 0 ? "" : "text/plain", byteSize: content.length };
        });
        return { ...(await ports.parse(request, signal)), attachments: await Promise.all(written) };
      };
      return setUp({ parse, ...more });
    };
    const idsOf = (inputs: (name: string) => unknown[]) => (inputs("attach") as { id: string }[]).map(({ id }) => id);

    test("each becomes a document: file, row, job; equal bytes twice are two", async () => {
      const { run, names, inputs } = withAttachments(["один", "два", "два"]);
      const outcome = await run();
      const ids = idsOf(inputs);
      expect(new Set(ids).size).toBe(3);
      expect(names().slice(5, 8)).toEqual(["get", "upload", "attach"]);
      expect(inputs("attach")[0]).toEqual({
        ...ref,
        generation: 3,
        lease: "lease-1",
        id: ids[0],
        name: "0.txt",
        mime: null,
        byteSize: 4,
        objectPath: `${orgId}/documents/${ids[0]}/original`,
        rawSha256: sha256("один"),
      });
      expect(outcome.enqueued.filter(({ queue }) => queue.name === "kb-files").map(({ payload }) => payload)).toEqual(
        ids.map((id) => ({ kind: "process", orgId, documentId: id })),
      );
      const again = withAttachments(["новое", "два", "один", "два"]);
      await again.run();
      expect(idsOf(again.inputs).slice(1).toSorted()).toEqual(ids.toSorted());
    });

    test("one that is there is neither uploaded nor read again", async () => {
      const { ports } = setUp();
      const { run, inputs } = withAttachments(["один"], {
        documents: { ...ports.documents, get: async () => ({ state: "ready" }) },
        versions: { ...ports.versions, attach: async () => ({ state: "ready" }) },
      });
      const outcome = await run();
      expect(outcome.enqueued.map(({ queue }) => queue.name)).toEqual(["embeddings", "knowledge-graph"]);
      expect(inputs("upload")).toHaveLength(1); // the text
    });

    test("Redis away after the row was made: another attempt tells it again", async () => {
      const { ports } = setUp();
      const versions = { ...ports.versions, attach: () => Promise.reject(new Error("no answer")) };
      expect((await withAttachments(["один"], { versions }).run()).state).toBe("retry");
    });
  });

  test("a newer version came meanwhile: the same job goes on with it", async () => {
    const { ports } = setUp();
    const store = () => Promise.reject(new PermanentError("superseded", "newer"));
    expect((await setUp({ chunks: { ...ports.chunks, store } }).run()).state).toBe("continued");
  });

  test("once the new version is searched, the older one's objects are removed, and only then forgotten", async () => {
    const supersededPaths = [`${orgId}/texts/${documentId}/2.txt`, `${orgId}/documents/${documentId}/old`];
    const published = { state: "ready", liveGeneration: 3, supersededPaths };
    const cleaned = setUp({ document: published, lease: undefined as never });
    await cleaned.run();
    expect(cleaned.names()).toEqual(["claimProcessing", "remove", "forgetPaths"]);
    expect(cleaned.inputs("remove")).toEqual([{ orgId, paths: supersededPaths }]);
    for (const document of [
      { ...published, liveGeneration: 2 },
      { ...published, state: "failed" },
    ]) {
      const early = setUp({ document, lease: undefined as never });
      await early.run();
      expect(early.names()).toEqual(["claimProcessing"]);
    }
    const { ports } = cleaned;
    const files = { ...ports.files, remove: () => Promise.reject(new Error("storage does not answer")) };
    const failing = setUp({ document: published, lease: undefined as never, files });
    expect((await failing.run()).state).toBe("retry");
    expect(failing.names()).not.toContain("forgetPaths");
  });

  test("storage away: another attempt", async () => {
    const { ports } = setUp();
    const files = { ...ports.files, download: () => Promise.reject(new Error("storage does not answer")) };
    expect((await setUp({ files }).run()).state).toBe("retry");
  });

  test("a shutdown stops the parser", async () => {
    const shutdown = new AbortController();
    const parse: Ports["parse"] = (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason as Error));
        shutdown.abort();
      });
    const { ports, names } = setUp({ parse });
    const outcome = await perform(
      kbFiles,
      makeHandler(ports),
      { kind: "process", ...ref },
      { shutdown: shutdown.signal },
    );
    expect(outcome.state).not.toBe("completed");
    expect(outcome.state).not.toBe("permanent");
    expect(names()).not.toContain("store");
  });
});

describe("delete", () => {
  const remove = (ports: Ports) => perform(kbFiles, makeHandler(ports), { kind: "delete", ...ref });

  test("removes the original and the text of every generation, then the row", async () => {
    const { ports, names, inputs } = setUp({ document: { state: "deleting" } });
    expect((await remove(ports)).state).toBe("completed");
    expect(names()).toEqual(["claimDelete", "list", "remove", "finishDelete"]);
    const text = (generation: number): string => `${orgId}/texts/${documentId}/${generation}.txt`;
    expect(inputs("remove")).toEqual([{ orgId, paths: [row.objectPath, text(1), text(2), text(3)] }]);
  });

  test("older versions' objects go too; attachments get their own jobs, page by page, before the row goes", async () => {
    const supersededPaths = [`${orgId}/texts/${documentId}/2.txt`, `${orgId}/documents/${documentId}/old`];
    const { ports, inputs } = setUp({ document: { state: "deleting", supersededPaths } });
    const pages = [
      { documents: [{ id: crypto.randomUUID() }, { id: crypto.randomUUID() }], nextCursor: "2" },
      { documents: [{ id: crypto.randomUUID() }] },
    ];
    const list = async ({ cursor }: { readonly cursor: string | undefined }) =>
      pages[cursor === undefined ? 0 : 1] ?? { documents: [] };
    const outcome = await remove({ ...ports, documents: { ...ports.documents, list } });
    expect(outcome.enqueued.map(({ payload }) => payload)).toEqual(
      pages.flatMap(({ documents }) => documents.map(({ id }) => ({ kind: "delete", orgId, documentId: id }))),
    );
    const [{ paths } = { paths: [] }] = inputs("remove") as { paths: string[] }[];
    expect(new Set(paths)).toEqual(
      new Set([row.objectPath, ...supersededPaths, ...[1, 2, 3].map((n) => `${orgId}/texts/${documentId}/${n}.txt`)]),
    );
    expect(paths).toHaveLength(5);
  });

  test("storage away: the row stays, for another attempt", async () => {
    const { ports, names } = setUp({ document: { state: "deleting" } });
    const files = { ...ports.files, remove: () => Promise.reject(new Error("storage does not answer")) };
    expect((await remove({ ...ports, files })).state).toBe("retry");
    expect(names()).not.toContain("finishDelete");
  });

  test("killed between the two, it starts again from the row", async () => {
    const { ports } = setUp({ document: { state: "deleting" } });
    const finishDelete = () => Promise.reject(new Error("connection lost"));
    expect((await remove({ ...ports, documents: { ...ports.documents, finishDelete } })).state).toBe("retry");
    expect((await remove(ports)).state).toBe("completed");
  });

  test("a row that is gone is done", async () => {
    const { ports, names } = setUp();
    const claimDelete = async () => undefined;
    expect((await remove({ ...ports, documents: { ...ports.documents, claimDelete } })).state).toBe("completed");
    expect(names()).toEqual([]);
  });
});

describe("onFailed", () => {
  const failed = async (
    code: Parameters<ReturnType<typeof makeOnFailed>>[1]["code"],
    kind: "process" | "delete" = "process",
  ) => {
    const { ports, inputs } = setUp();
    await makeOnFailed(ports)({ kind, ...ref }, { code, message: "why" });
    return inputs("fail");
  };

  test("blocked where a person can change the input or the limit, failed otherwise", async () => {
    expect(await failed("password_required")).toEqual([
      { ...ref, state: "blocked", code: "password_required", message: "why" },
    ]);
    expect(await failed("file_too_large")).toMatchObject([{ state: "blocked" }]);
    expect(await failed("file_corrupt")).toMatchObject([{ state: "failed" }]);
    expect(await failed("attempts_exhausted")).toMatchObject([{ state: "failed" }]);
  });

  test("marks nothing that somebody else has, and no deletion", async () => {
    for (const code of ["stale_lease", "superseded", "tenant_mismatch"] as const)
      expect(await failed(code)).toEqual([]);
    expect(await failed("attempts_exhausted", "delete")).toEqual([]);
  });
});
