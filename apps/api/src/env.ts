import { defineEnv } from "@gpt-agent/config/define-env";
import { aiEnv } from "@gpt-agent/config/fragments/ai";
import { apiEnv } from "@gpt-agent/config/fragments/api";
import { crmAppsEnv } from "@gpt-agent/config/fragments/crm-apps";
import { embeddingBudgetEnv } from "@gpt-agent/config/fragments/embedding-budget";
import { encryptionEnv } from "@gpt-agent/config/fragments/encryption";
import { logEnv } from "@gpt-agent/config/fragments/log";
import { redisEnv } from "@gpt-agent/config/fragments/redis";
import { supabaseEnv } from "@gpt-agent/config/fragments/supabase";

/** Every variable this app reads. */
export const env = defineEnv({
  redis: redisEnv,
  supabase: supabaseEnv,
  ai: aiEnv,
  budget: embeddingBudgetEnv,
  encryption: encryptionEnv,
  crmApps: crmAppsEnv,
  api: apiEnv,
  log: logEnv,
});
