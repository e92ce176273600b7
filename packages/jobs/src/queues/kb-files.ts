import { z } from "zod";
import { defineQueue } from "../define-queue.ts";

const document = { orgId: z.guid(), documentId: z.guid() };

/** A stored file into blocks, chunks and rows of a new generation; or everything of a document removed. */
export const kbFiles = defineQueue({
  name: "kb-files",
  payload: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("process"), ...document }),
    z.object({ kind: z.literal("delete"), ...document }),
  ]),
  attempts: 5,
  backoff: { delayMs: 2_000, maxDelayMs: 300_000, jitter: 0.5 },
  timeoutMs: 240_000,
  fair: true,
  publicKinds: ["process"],
  dedupe: ({ kind, documentId }) => `${kind}-${documentId}`,
});
