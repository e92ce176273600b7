import { defineEnv } from "@gpt-agent/config/define-env";
import { crmAppsEnv } from "@gpt-agent/config/fragments/crm-apps";
import { encryptionEnv } from "@gpt-agent/config/fragments/encryption";
import { ingressEnv } from "@gpt-agent/config/fragments/public-url";
import { logEnv } from "@gpt-agent/config/fragments/log";
import { redisEnv } from "@gpt-agent/config/fragments/redis";
import { supabaseEnv } from "@gpt-agent/config/fragments/supabase";
import { workerEnv } from "@gpt-agent/config/fragments/worker";

/** Everything this worker reads from its environment. */
export const env = defineEnv({
  redis: redisEnv,
  supabase: supabaseEnv,
  encryption: encryptionEnv,
  crmApps: crmAppsEnv,
  ingress: ingressEnv,
  worker: workerEnv("crm-sync"),
  log: logEnv,
});
