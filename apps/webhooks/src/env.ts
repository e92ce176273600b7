import { defineEnv } from "@gpt-agent/config/define-env";
import { egressEnv } from "@gpt-agent/config/fragments/egress";
import { encryptionEnv } from "@gpt-agent/config/fragments/encryption";
import { logEnv } from "@gpt-agent/config/fragments/log";
import { ownHostsEnv } from "@gpt-agent/config/fragments/public-url";
import { redisEnv } from "@gpt-agent/config/fragments/redis";
import { supabaseEnv } from "@gpt-agent/config/fragments/supabase";
import { workerEnv } from "@gpt-agent/config/fragments/worker";

/** Everything this worker reads from its environment. */
export const env = defineEnv({
  redis: redisEnv,
  supabase: supabaseEnv,
  encryption: encryptionEnv,
  egress: egressEnv,
  own: ownHostsEnv,
  // A delivery waits for somebody else's server, and holds its slot until that answers.
  worker: workerEnv("webhooks", 50),
  log: logEnv,
});
