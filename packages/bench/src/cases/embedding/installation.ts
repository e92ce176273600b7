import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { embeddings } from "@gpt-agent/jobs/queues/embeddings";
import { startPostgres } from "@gpt-agent/local/postgres/start-postgres";
import { startStack } from "@gpt-agent/local/stack";
import { makeQueueClient } from "@gpt-agent/queue/client";
import { connectSupabase } from "@gpt-agent/supabase/client";
import { makeKnowledgeBases } from "@gpt-agent/supabase/knowledge-bases";
import { makeProfiles } from "@gpt-agent/supabase/profiles";
import { Redis } from "ioredis";
import { startProvider, type ProviderOptions, tokensOf } from "./provider.ts";
import type { WorkerTask } from "./worker-process.ts";

export interface InstallationOptions extends ProviderOptions {
  /** Inputs of one request. */
  readonly maxBatchInputs: number;
}

interface Document {
  readonly orgId: string;
  readonly documentId: string;
  readonly generation: number;
}

/** Words that differ from chunk to chunk, so that nothing is reused. */
const passage = (): string => `${randomUUID()} ${"Каждый пункт относится к указанному договору. ".repeat(10)}`;
export const tokensPerPassage = tokensOf(passage());

/** A loaded machine must insert them within the statement timeout. */
const rowsPerInsert = 100;

/** A stack over a real Postgres, a provider of fixed latency, and embeddings workers as processes. */
export const startInstallation = async ({ maxBatchInputs, ...options }: InstallationOptions) => {
  const postgres = await startPostgres();
  const [stack, provider] = await Promise.all([startStack({ postgresUrl: postgres.url }), startProvider(options)]);
  const { SUPABASE_URL: supabaseUrl, SUPABASE_SERVICE_ROLE_KEY: serviceRoleKey, REDIS_URL: redisUrl } = stack.env;
  const supabase = connectSupabase({ url: supabaseUrl, serviceRoleKey: { reveal: () => serviceRoleKey } });
  const { id: profileId } = await makeProfiles(supabase).ensure({
    provider: "openrouter",
    model: "bench/embedding",
    dimensions: options.dimensions,
    version: 1,
    priceUsdPerMtok: 0.02,
    maxInputTokens: 8_000,
    maxBatchInputs,
    maxBatchTokens: 300_000,
  });
  const prefix = randomUUID();
  const queue = makeQueueClient({ url: { reveal: () => redisUrl }, baseName: "agent-jobs", prefix });
  const redis = new Redis(redisUrl);
  const workers = new Set<ChildProcess>();

  const insert = async (table: string, rows: readonly Readonly<Record<string, unknown>>[]): Promise<void> => {
    for (let from = 0; from < rows.length; from += rowsPerInsert) {
      const { error } = await supabase.from(table).insert(rows.slice(from, from + rowsPerInsert));
      if (error) throw new Error(`${table}: ${error.message}`);
    }
  };

  return {
    supabase,
    provider,

    /** Documents as kb-files leaves them, without jobs. */
    addDocuments: async (orgId: string, count: number, chunksEach: number): Promise<Document[]> => {
      const { id: knowledgeBaseId } = await makeKnowledgeBases(supabase).ensureDefault({ orgId, profileId });
      const ids = Array.from({ length: count }, () => randomUUID());
      const place = { org_id: orgId, knowledge_base_id: knowledgeBaseId };
      const counts = { chunk_count: chunksEach, stored_count: chunksEach };
      const documents = ids.map((id) => {
        const file = { name: "bench.txt", byte_size: 1, object_path: `${orgId}/documents/${id}/bench.txt` };
        return { id, ...place, ...file, ...counts, state: "embedding", graph_state: "ready" };
      });
      await insert("documents", documents);
      const chunks = ids.flatMap((documentId) =>
        Array.from({ length: chunksEach }, (_, ordinal) => {
          const content = passage();
          const where = { document_id: documentId, generation: 1, ordinal, char_start: 0, char_end: content.length };
          return { ...place, ...where, content, kind: "text", token_count: tokensOf(content), language: "simple" };
        }),
      );
      await insert("chunks", chunks);
      return ids.map((documentId) => ({ orgId, documentId, generation: 1 }));
    },

    enqueue: (documents: readonly Document[]): Promise<number> => queue.enqueueMany(embeddings, documents),
    /** First come, first served: what fairness is compared with. */
    enqueueInLine: (documents: readonly Document[]): Promise<number> =>
      queue.enqueueMany({ ...embeddings, fair: false }, documents),

    startWorker: async (task: Partial<WorkerTask> & { readonly concurrency: number }): Promise<ChildProcess> => {
      const worker = fork(fileURLToPath(new URL("worker-process.ts", import.meta.url)), { stdio: "inherit" });
      workers.add(worker);
      const place = { redisUrl, prefix, supabaseUrl, serviceRoleKey, providerUrl: provider.baseUrl };
      const unlimited = { requestsPerMinute: 1_000_000, tokensPerMinute: 1_000_000_000, minuteMs: 60_000 };
      const message: WorkerTask = { ...place, ...unlimited, recoversQuickly: false, ...task };
      worker.send(message);
      await Promise.race([
        once(worker, "message"),
        once(worker, "exit").then(() => Promise.reject(new Error("the worker ended before it had begun"))),
      ]);
      return worker;
    },

    kill: async (worker: ChildProcess): Promise<void> => {
      workers.delete(worker);
      if (worker.exitCode !== null || worker.signalCode !== null) return;
      worker.kill("SIGKILL");
      await once(worker, "exit");
    },

    /** No job, and nothing that the sweep would make one for. */
    empty: async (): Promise<void> => {
      await redis.flushall();
      const { error } = await supabase.from("documents").update({ state: "failed" }).eq("state", "embedding");
      if (error) throw new Error(error.message);
    },

    /** Until none of these organisations' documents waits for vectors. @throws {Error} after `withinMs` */
    untilEmbedded: async (orgIds: readonly string[], withinMs = Infinity): Promise<void> => {
      const endsAtMs = performance.now() + withinMs;
      for (;;) {
        const { count, error } = await supabase
          .from("documents")
          .select("id", { count: "exact", head: true })
          .in("org_id", orgIds)
          .eq("state", "embedding");
        if (error) throw new Error(error.message);
        if (count === 0) return;
        if (performance.now() > endsAtMs) throw new Error(`${count} documents still wait for vectors`);
        await sleep(25);
      }
    },

    stop: async (): Promise<void> => {
      for (const worker of workers) worker.kill("SIGKILL");
      await queue.close();
      redis.disconnect();
      provider.stop();
      await stack.stop();
      await postgres.stop();
    },
  };
};

export type Installation = Awaited<ReturnType<typeof startInstallation>>;
