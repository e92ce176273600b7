import { defineEnv } from "@gpt-agent/config/define-env";
import { fragment } from "@gpt-agent/config/fragment";
import { logEnv } from "@gpt-agent/config/fragments/log";
import { redisEnv } from "@gpt-agent/config/fragments/redis";
import { supabaseEnv } from "@gpt-agent/config/fragments/supabase";
import { workerEnv } from "@gpt-agent/config/fragments/worker";
import { integer, withDefault } from "@gpt-agent/config/variable";

const filesEnv = fragment({
  variables: {
    maxMb: withDefault({
      name: "MAX_FILE_MB",
      description: "Largest file that is read, in MB. A larger one waits as `blocked: file_too_large`.",
      form: "1 … 1000",
      example: "100",
      default: "100",
      fix: "Write a whole number of megabytes from 1 to 1000.",
      schema: integer(1, 1_000),
    }),
  },
  build: ({ maxMb }) => ({ maxBytes: maxMb * 1024 * 1024 }),
});

export const env = defineEnv({
  redis: redisEnv,
  supabase: supabaseEnv,
  worker: workerEnv("kb-files"),
  log: logEnv,
  files: filesEnv,
});
