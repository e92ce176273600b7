import { z } from "zod";
import { defineQueue } from "../define-queue.ts";

const orgId = z.guid();

/**
 * `read`: a generation's chunks into entities and relations, each with a verbatim quote. `resolve`: which of a knowledge base's
 * entities are one thing, after its names have changed.
 */
export const knowledgeGraph = defineQueue({
  name: "knowledge-graph",
  payload: z.union([
    z.object({ kind: z.literal("resolve"), orgId, knowledgeBaseId: z.guid() }),
    z.object({
      kind: z.literal("read").default("read"),
      orgId,
      documentId: z.guid(),
      generation: z.int().positive(),
    }),
  ]),
  attempts: 5,
  backoff: { delayMs: 5_000, maxDelayMs: 600_000, jitter: 0.5 },
  timeoutMs: 240_000,
  fair: true,
  publicKinds: ["read", "resolve"],
  dedupe: (payload) =>
    payload.kind === "resolve" ? `resolve-${payload.knowledgeBaseId}` : `${payload.documentId}-${payload.generation}`,
});
