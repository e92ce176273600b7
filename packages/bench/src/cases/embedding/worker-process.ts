// The embeddings worker as production wires it, in a process that can be killed, with the clock running faster.
import { startEmbeddings } from "@gpt-agent/app-embeddings/start";
import { defaultLimits } from "@gpt-agent/worker/tuning";

export interface WorkerTask {
  readonly redisUrl: string;
  readonly prefix: string;
  readonly supabaseUrl: string;
  readonly serviceRoleKey: string;
  readonly providerUrl: string;
  /** Jobs at once. */
  readonly concurrency: number;
  readonly requestsPerMinute: number;
  readonly tokensPerMinute: number;
  readonly minuteMs: number;
  /** A killed process' jobs are back within three seconds, not fifty. */
  readonly recoversQuickly: boolean;
}

const secret = (text: string) => ({ reveal: () => text, toString: () => "[secret]" });

/** Kills come a thousand times as often as anywhere: no document is poison for that. */
const limits = { ...defaultLimits, kills: 1_000 };
const quick = {
  lockDurationMs: 2_000,
  stalledIntervalMs: 1_000,
  sweepIntervalMs: 5_000,
  firstSweepWithinMs: 500,
  limits,
};

process.on("message", (task: WorkerTask) => {
  startEmbeddings(
    {
      redis: { url: secret(task.redisUrl), baseName: "agent-jobs", prefix: task.prefix },
      supabase: { url: task.supabaseUrl, serviceRoleKey: secret(task.serviceRoleKey) },
      ai: {
        provider: "openrouter",
        openrouterApiKey: secret("sk-or-bench"),
        baseUrl: task.providerUrl,
        embeddingModel: "bench/embedding",
        chatModel: "bench/chat",
      },
      budget: { requestsPerMinute: task.requestsPerMinute, tokensPerMinute: task.tokensPerMinute },
      worker: {
        concurrency: task.concurrency,
        port: 0,
        host: "127.0.0.1",
        shutdownTimeoutMs: 5_000,
        version: undefined,
      },
      log: { level: "error" },
    },
    { tuning: task.recoversQuickly ? quick : {}, minuteMs: task.minuteMs },
  ).then(
    () => process.send?.("started"),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
