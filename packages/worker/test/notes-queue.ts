import { defineQueue } from "@gpt-agent/jobs/define-queue";
import { z } from "zod";
import type { Tuning } from "../src/tuning.ts";

/** A queue for tests: `key` dedupes, `note` does not. */
export const notes = defineQueue({
  name: "notes",
  payload: z.object({ orgId: z.uuid(), key: z.string(), note: z.string().default("") }),
  attempts: 3,
  backoff: { delayMs: 10, maxDelayMs: 40, jitter: 0.5 },
  timeoutMs: 5_000,
  dedupe: ({ key }) => key,
});

/** Production's proportions at a tenth of the time or less. */
export const quick: Partial<Tuning> = {
  ownsProcess: false,
  lockDurationMs: 600,
  stalledIntervalMs: 150,
  drainDelaySeconds: 1,
  socketTimeoutMs: 2_500,
  abortGraceMs: 100,
};
