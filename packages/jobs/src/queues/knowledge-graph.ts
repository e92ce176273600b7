import { z } from "zod";
import { defineQueue } from "../define-queue.ts";

/** A generation's chunks into entities and relations, each with a verbatim quote. */
export const knowledgeGraph = defineQueue({
  name: "knowledge-graph",
  payload: z.object({ orgId: z.guid(), documentId: z.guid(), generation: z.int().positive() }),
  attempts: 5,
  backoff: { delayMs: 5_000, maxDelayMs: 600_000, jitter: 0.5 },
  timeoutMs: 240_000,
  dedupe: ({ documentId, generation }) => `${documentId}-${generation}`,
});
