import { defineEnv } from "@gpt-agent/config/define-env";
import { aiEnv } from "@gpt-agent/config/fragments/ai";
import { embeddingBudgetEnv } from "@gpt-agent/config/fragments/embedding-budget";
import { logEnv } from "@gpt-agent/config/fragments/log";
import { redisEnv } from "@gpt-agent/config/fragments/redis";
import { supabaseEnv } from "@gpt-agent/config/fragments/supabase";
import { workerEnv } from "@gpt-agent/config/fragments/worker";

/** Everything this worker reads from its environment. */
export const env = defineEnv({
  redis: redisEnv,
  supabase: supabaseEnv,
  ai: aiEnv,
  budget: embeddingBudgetEnv,
  worker: workerEnv("embeddings"),
  log: logEnv,
});
