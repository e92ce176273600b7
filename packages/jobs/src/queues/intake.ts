import { z } from "zod";
import { defineQueue } from "../define-queue.ts";

/**
 * The bare queue of producers from before this repository: several kinds of work, told apart by the job's name. The API
 * takes them, writes the row that each is about, and enqueues what follows. Nothing new is put here.
 */
export const intake = defineQueue({
  name: "intake",
  bare: true,
  payload: z.object({ name: z.string(), data: z.unknown(), addedAtMs: z.number().optional() }),
  attempts: 8,
  backoff: { delayMs: 1_000, maxDelayMs: 300_000, jitter: 0.5 },
  timeoutMs: 120_000,
});
