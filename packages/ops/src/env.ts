import { defineEnv } from "@gpt-agent/config/define-env";
import { databaseEnv } from "@gpt-agent/config/fragments/database";
import { encryptionEnv } from "@gpt-agent/config/fragments/encryption";
import { redisEnv } from "@gpt-agent/config/fragments/redis";
import { supabaseEnv } from "@gpt-agent/config/fragments/supabase";

/** Each command reads what it needs and no more: `migrate` runs where no Redis is known. */
export const redisOnly = defineEnv({ redis: redisEnv });
export const supabaseOnly = defineEnv({ supabase: supabaseEnv });
export const databaseOnly = defineEnv({ database: databaseEnv });
export const stores = defineEnv({ redis: redisEnv, supabase: supabaseEnv });

export const rotation = defineEnv({ supabase: supabaseEnv, encryption: encryptionEnv });

/** All of it, for the documentation. */
export const env = defineEnv({
  redis: redisEnv,
  supabase: supabaseEnv,
  database: databaseEnv,
  encryption: encryptionEnv,
});
