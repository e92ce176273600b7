import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { embeddings } from "@gpt-agent/jobs/queues/embeddings";
import { kbFiles } from "@gpt-agent/jobs/queues/kb-files";
import { knowledgeGraph } from "@gpt-agent/jobs/queues/knowledge-graph";
import { makeQueueClient } from "@gpt-agent/queue/client";
import { makeChunks, type ChunkRow } from "@gpt-agent/supabase/chunks";
import { connectSupabase } from "@gpt-agent/supabase/client";
import { makeDocuments, type DocumentRow } from "@gpt-agent/supabase/documents";
import { makeFiles, textPath } from "@gpt-agent/supabase/files";
import { makeKnowledgeBases } from "@gpt-agent/supabase/knowledge-bases";
import { makeProfiles } from "@gpt-agent/supabase/profiles";
import { expect, inject, onTestFinished, test } from "vitest";

const stack = inject("stack");
const supabase = connectSupabase({
  url: stack.SUPABASE_URL,
  serviceRoleKey: { reveal: () => stack.SUPABASE_SERVICE_ROLE_KEY },
});
const documents = makeDocuments(supabase);
const files = makeFiles(supabase);

/** Waits for an outcome by looking again; the test's own timeout ends it. */
const until = async <T>(look: () => Promise<T | undefined>): Promise<T> => {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
};

/** A queue of its own and a way to start src/main.ts on it, as a process like in production. */
const setUp = async (given?: { readonly temporary: string }) => {
  const prefix = `test-${crypto.randomUUID()}`;
  const temporary = given?.temporary ?? (await mkdtemp(join(tmpdir(), "kb-files-e2e-")));
  const queue = makeQueueClient({ url: { reveal: () => stack.REDIS_URL }, baseName: "agent-jobs", prefix });
  onTestFinished(async () => {
    await queue.close();
    await rm(temporary, { recursive: true, force: true });
  });
  const startWorker = () => {
    const worker = spawn(process.execPath, ["--conditions=@gpt-agent/source", "src/main.ts"], {
      cwd: fileURLToPath(new URL("..", import.meta.url)),
      stdio: "ignore",
      env: {
        TMPDIR: temporary,
        PORT: "0",
        LOG_LEVEL: "error",
        JOB_QUEUE_PREFIX: prefix,
        REDIS_URL: stack.REDIS_URL,
        SUPABASE_URL: stack.SUPABASE_URL,
        SUPABASE_SERVICE_ROLE_KEY: stack.SUPABASE_SERVICE_ROLE_KEY,
      },
    });
    const exited = once(worker, "exit").then(([code]) => code as number | null);
    onTestFinished(async () => {
      worker.kill("SIGKILL");
      await exited;
    });
    const stop = async (signal: "SIGTERM" | "SIGKILL") => {
      worker.kill(signal);
      return exited;
    };
    return { stop };
  };
  return { queue, startWorker, temporary };
};

const newDocument = async (name: string, body: Uint8Array | string): Promise<DocumentRow> => {
  const orgId = crypto.randomUUID();
  const profile = await makeProfiles(supabase).ensure({
    provider: "local",
    model: "local-hash-v1",
    dimensions: 512,
    version: 1,
    priceUsdPerMtok: 0,
    maxInputTokens: 100_000,
    maxBatchInputs: 96,
    maxBatchTokens: 400_000,
  });
  const knowledgeBase = await makeKnowledgeBases(supabase).ensureDefault({ orgId, profileId: profile.id });
  const id = crypto.randomUUID();
  const objectPath = `${orgId}/documents/${id}/original`;
  await files.upload({ orgId, path: objectPath, body, contentType: "application/octet-stream" });
  const byteSize = Buffer.byteLength(body);
  return documents.create({ orgId, id, knowledgeBaseId: knowledgeBase.id, name, mime: null, byteSize, objectPath });
};

const current = ({ orgId, id }: DocumentRow) => documents.get({ orgId, documentId: id });

/** The row once it has left this worker's hands, whether or not a later stage took it up already. */
const leftWorker = (document: DocumentRow): Promise<DocumentRow> =>
  until(async () => {
    const row = await current(document);
    return row === undefined || ["queued", "processing"].includes(row.state) ? undefined : row;
  });

const allChunks = async ({ orgId, id }: DocumentRow): Promise<ChunkRow[]> => {
  const all: ChunkRow[] = [];
  for (;;) {
    const page = await makeChunks(supabase).list({
      orgId,
      documentId: id,
      generation: 1,
      limit: 200,
      afterOrdinal: all.at(-1)?.ordinal ?? -1,
    });
    if (page.length === 0) return all;
    all.push(...page);
  }
};

const storedText = async ({ orgId, id }: DocumentRow): Promise<string> =>
  (await files.download({ orgId, path: textPath(orgId, id, 1) })).text();

const processJob = ({ orgId, id }: DocumentRow) => ({ kind: "process", orgId, documentId: id }) as const;

test("a PDF becomes chunks with pages, headings and exact offsets; bad files end with a code; deletion leaves nothing", async () => {
  const { queue, startWorker, temporary } = await setUp();
  const fixture = (name: string) => readFile(new URL(`./fixtures/${name}`, import.meta.url));
  const report = await newDocument("Отчёт.pdf", await fixture("report-ru.pdf"));
  const locked = await newDocument("locked.pdf", await fixture("password.pdf"));
  const broken = await newDocument("broken.docx", (await fixture("contract-ru.docx")).subarray(0, 5_000));
  for (const document of [report, locked, broken]) await queue.enqueue(kbFiles, processJob(document));
  const worker = startWorker();

  const row = await leftWorker(report);
  expect(row).toMatchObject({
    state: "embedding",
    generation: 1,
    pageCount: 4,
    chunkCount: 4,
    language: "russian",
    errorCode: null,
  });
  const chunks = await allChunks(report);
  expect(chunks.map(({ contextHeader, pageFrom, pageTo }) => [contextHeader, pageFrom, pageTo])).toEqual([
    ["Отчёт.pdf › 1. Введение", 1, 1],
    ["Отчёт.pdf › 2. Методика", 2, 2],
    ["Отчёт.pdf › 3. Результаты", 3, 3],
    ["Отчёт.pdf › 4. Выводы", 4, 4],
  ]);
  const text = [...(await storedText(report))];
  expect(row.charCount).toBe(text.length);
  for (const { content, charStart, charEnd } of chunks) expect(content).toBe(text.slice(charStart, charEnd).join(""));
  await until(async () => ((await queue.state(embeddings)).prioritized === 1 ? true : undefined));
  await until(async () => ((await queue.state(knowledgeGraph)).prioritized === 1 ? true : undefined));

  expect(await leftWorker(locked)).toMatchObject({
    state: "blocked",
    errorCode: "password_required",
    errorMessage: /locked\.pdf.*password/,
  });
  expect(await leftWorker(broken)).toMatchObject({ state: "failed", errorCode: "file_corrupt" });

  await documents.beginDelete({ orgId: report.orgId, documentId: report.id });
  await queue.enqueue(kbFiles, { ...processJob(report), kind: "delete" });
  await until(async () => ((await current(report)) === undefined ? true : undefined));
  expect(await allChunks(report)).toEqual([]);
  for (const path of [report.objectPath, textPath(report.orgId, report.id, 1)]) {
    await expect(files.download({ orgId: report.orgId, path })).rejects.toMatchObject({ code: "file_missing" });
  }

  expect(await worker.stop("SIGTERM")).toBe(0);
  expect((await readdir(temporary)).filter((name) => name.startsWith("gpt-agent-kb-files-"))).toEqual([]);
});

test("killed while it stores, and started again: every chunk once, nothing left in the temporary folder", async () => {
  const first = await setUp();
  const paragraph = (index: number): string =>
    `## Раздел ${index}\n\nАбзац ${index} о ветре, море и приборах на мачте.`;
  const document = await newDocument(
    "long.md",
    Array.from({ length: 3_000 }, (_, index) => paragraph(index)).join("\n\n"),
  );
  await first.queue.enqueue(kbFiles, processJob(document));
  const worker = first.startWorker();
  const firstChunk = { orgId: document.orgId, documentId: document.id, generation: 1, limit: 1 };
  await until(async () => (await makeChunks(supabase).list(firstChunk))[0]);
  await worker.stop("SIGKILL");
  expect(await current(document)).toMatchObject({ state: "processing" });
  expect(await readdir(first.temporary)).not.toEqual([]);

  // With a new, empty Redis: what the old one would do once the dead worker's lock expires is the runtime's to prove.
  const { queue, startWorker } = await setUp(first);
  await queue.enqueue(kbFiles, processJob(document));
  const second = startWorker();
  expect(await leftWorker(document)).toMatchObject({ state: "embedding", chunkCount: 3_000 });
  const chunks = await allChunks(document);
  expect(chunks.map(({ ordinal }) => ordinal)).toEqual([...Array(3_000).keys()]);
  expect(chunks.map(({ content }) => content).join("\n\n")).toBe(await storedText(document));
  expect(await second.stop("SIGTERM")).toBe(0);
  expect((await readdir(first.temporary)).filter((name) => name.startsWith("gpt-agent-kb-files-"))).toEqual([]);
}, 120_000);
