import { defineEnv } from "@gpt-agent/config/define-env";
import { fragment } from "@gpt-agent/config/fragment";
import { encryptionEnv } from "@gpt-agent/config/fragments/encryption";
import { logEnv } from "@gpt-agent/config/fragments/log";
import { redisEnv } from "@gpt-agent/config/fragments/redis";
import { supabaseEnv } from "@gpt-agent/config/fragments/supabase";
import { workerEnv } from "@gpt-agent/config/fragments/worker";
import { integer, oneOf, withDefault } from "@gpt-agent/config/variable";

const filesEnv = fragment({
  variables: {
    maxMb: withDefault({
      name: "MAX_FILE_MB",
      description: "Largest file that is read, in MB. A larger one waits as `blocked: file_too_large`.",
      form: "1 … 1000",
      example: "250",
      default: "250",
      fix: "Write a whole number of megabytes from 1 to 1000.",
      schema: integer(1, 1_000),
    }),
    maxPages: withDefault({
      name: "MAX_FILE_PAGES",
      description: "Most pages of one file. One with more waits as `blocked: file_too_many_pages`.",
      form: "1 … 1000000",
      example: "10000",
      default: "10000",
      fix: "Write a whole number of pages from 1 to 1000000.",
      schema: integer(1, 1_000_000),
    }),
    maxChunks: withDefault({
      name: "MAX_FILE_CHUNKS",
      description: "Most passages that one file is cut into. One with more waits as `blocked: file_too_many_chunks`.",
      form: "1 … 10000000",
      example: "200000",
      default: "200000",
      fix: "Write a whole number of passages from 1 to 10000000.",
      schema: integer(1, 10_000_000),
    }),
  },
  // For organisations that have no limits of their own.
  build: ({ maxMb, maxPages, maxChunks }) => ({
    maxFileBytes: maxMb * 1024 * 1024,
    maxPages,
    maxChunks,
    maxParseSeconds: null,
  }),
});

const ocrEnv = fragment({
  variables: {
    ocr: withDefault({
      name: "OCR",
      description:
        "Recognizes the text of scanned PDF pages and pictures by the installed `tesseract` program with its rus and eng " +
        "data. Where these are missing, such files wait as `blocked: ocr_unavailable`.",
      form: "on or off",
      example: "off",
      default: "off",
      fix: "Write on or off.",
      schema: oneOf(["on", "off"]),
    }),
  },
  build: ({ ocr }) => ({ isOn: ocr === "on" }),
});

export const env = defineEnv({
  redis: redisEnv,
  supabase: supabaseEnv,
  worker: workerEnv("kb-files"),
  log: logEnv,
  files: filesEnv,
  ocr: ocrEnv,
  encryption: encryptionEnv,
});
