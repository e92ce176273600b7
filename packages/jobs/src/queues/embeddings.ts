import { z } from "zod";
import { defineQueue } from "../define-queue.ts";

/** A generation's chunks into vectors; the function that stores the last one publishes the generation. */
export const embeddings = defineQueue({
  name: "embeddings",
  payload: z.object({ orgId: z.guid(), documentId: z.guid(), generation: z.int().positive() }),
  attempts: 5,
  backoff: { delayMs: 2_000, maxDelayMs: 300_000, jitter: 0.5 },
  timeoutMs: 120_000,
  fair: true,
  publicKinds: "all",
  dedupe: ({ documentId, generation }) => `${documentId}-${generation}`,
});
