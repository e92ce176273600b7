import { randomBytes, randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { kbFiles } from "@gpt-agent/jobs/queues/kb-files";
import { privateEnvironment } from "@gpt-agent/local/platform/app-environment";
import { type App, findApps } from "@gpt-agent/local/platform/find-apps";
import { type RunningApp, startApp } from "@gpt-agent/local/platform/start-app";
import { environment } from "@gpt-agent/local/process/environment";
import { freePort } from "@gpt-agent/local/process/free-port";
import { type PrivateRedis, startRedis } from "@gpt-agent/local/redis/start-redis";
import { startSupabase } from "@gpt-agent/local/supabase/start-supabase";
import { makeQueueClient } from "@gpt-agent/queue/client";
import { makeChunks } from "@gpt-agent/supabase/chunks";
import { connectSupabase } from "@gpt-agent/supabase/client";
import { makeDocuments } from "@gpt-agent/supabase/documents";
import { makeFiles } from "@gpt-agent/supabase/files";
import { makeKnowledgeBases } from "@gpt-agent/supabase/knowledge-bases";
import { readMigrations } from "@gpt-agent/supabase/migrations";
import { makeProfiles } from "@gpt-agent/supabase/profiles";

const profile = {
  provider: "local" as const,
  model: "local-hash-v1",
  dimensions: 512,
  version: 1,
  priceUsdPerMtok: 0,
  maxInputTokens: 8_000,
  maxBatchInputs: 64,
  maxBatchTokens: 100_000,
};

/** A private Redis and Supabase and the workers of the pipeline as processes: the pieces a fault can hit. */
export const startInstallation = async () => {
  const [first, supabaseServer] = await Promise.all([
    startRedis(),
    readMigrations().then((sql) => startSupabase({ sql })),
  ]);
  let redis: PrivateRedis = first;
  const { url, serviceRoleKey, anonKey, jwtSecret } = supabaseServer;
  const env = privateEnvironment(
    { PATH: environment["PATH"] },
    {
      REDIS_URL: redis.url,
      SUPABASE_URL: url,
      SUPABASE_SERVICE_ROLE_KEY: serviceRoleKey,
      SUPABASE_ANON_KEY: anonKey,
      SUPABASE_JWT_SECRET: jwtSecret,
    },
    `hex:${randomBytes(32).toString("hex")}`,
  );
  const supabase = connectSupabase({ url, serviceRoleKey: { reveal: () => serviceRoleKey } });
  const queue = makeQueueClient({ url: { reveal: () => redis.url }, baseName: "agent-jobs", prefix: "bull" });
  const [documents, chunks, files] = [makeDocuments(supabase), makeChunks(supabase), makeFiles(supabase)];
  const { id: profileId } = await makeProfiles(supabase).ensure(profile);

  const workers = new Map<string, RunningApp>();
  const startWorker = async (app: App): Promise<void> => {
    const port = await freePort();
    const options = { env, port, readyTimeoutMs: 60_000, signal: new AbortController().signal };
    workers.set(app.name, await startApp(app, options));
  };
  const apps = await findApps(fileURLToPath(new URL("../../../../apps", import.meta.url)));
  await Promise.all(apps.filter(({ isWorker }) => isWorker).map(startWorker));

  return {
    supabase,
    documents,
    chunks,
    files,
    workerNames: [...workers.keys()],

    /** Stores a text file and its row, and enqueues it as the API does: an outage of Redis is nobody's business. */
    addDocument: async (orgId: string, name: string, text: string): Promise<string> => {
      const knowledgeBase = await makeKnowledgeBases(supabase).ensureDefault({ orgId, profileId });
      const documentId = randomUUID();
      const objectPath = `${orgId}/documents/${documentId}/original.md`;
      const body = new Blob([text]);
      await files.upload({ orgId, path: objectPath, body, contentType: "text/markdown" });
      const row = { name, mime: "text/markdown", byteSize: body.size, objectPath };
      await documents.create({ orgId, id: documentId, knowledgeBaseId: knowledgeBase.id, ...row });
      await queue.enqueue(kbFiles, { kind: "process", orgId, documentId }).catch(() => {});
      return documentId;
    },

    /** SIGKILL, and a new process in its place. */
    killAndRestart: async (name: string): Promise<void> => {
      const worker = workers.get(name);
      if (worker === undefined) throw new Error(`no worker ${name}`);
      process.kill(worker.process.pid, "SIGKILL");
      await worker.process.ended;
      await startWorker(worker.app);
    },

    /** Another Redis on the same address, with nothing in it. */
    replaceRedis: async (awayForMs: number): Promise<void> => {
      await redis.stop();
      await new Promise((resolve) => setTimeout(resolve, awayForMs));
      redis = await startRedis({ port: redis.port });
    },

    stop: async (): Promise<void> => {
      await queue.close();
      await Promise.all([...workers.values()].map((worker) => worker.process.stop()));
      await Promise.all([redis.stop(), supabaseServer.stop()]);
    },
  };
};

export type Installation = Awaited<ReturnType<typeof startInstallation>>;
