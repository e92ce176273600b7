import { z } from "zod";
import { errorCode, row } from "./rows.ts";

export const documentStates = [
  "queued",
  "processing",
  "embedding",
  "ready",
  "ready_partial",
  "failed",
  "blocked",
  "deleting",
] as const;
/** Where the search side stands: `ready` and `ready_partial` are searchable. */
export type DocumentState = (typeof documentStates)[number];

export const graphStates = ["pending", "ready", "failed", "blocked"] as const;
export type GraphState = (typeof graphStates)[number];

export const documentRow = row({
  id: z.string(),
  orgId: z.string(),
  knowledgeBaseId: z.string(),
  name: z.string(),
  mime: z.string().nullable(),
  byteSize: z.number(),
  bucket: z.string(),
  /** Of the original, in Storage: `<orgId>/documents/<id>/<name>`. */
  objectPath: z.string(),
  metadata: z.record(z.string(), z.unknown()),
  state: z.enum(documentStates),
  graphState: z.enum(graphStates),
  /** Being built, or last built. */
  generation: z.int(),
  /** What search and graph show; 0: nothing yet. */
  liveGeneration: z.int(),
  pageCount: z.int().nullable(),
  /** Code points of the extracted text. */
  charCount: z.int().nullable(),
  language: z.string().nullable(),
  chunkCount: z.int(),
  embeddedCount: z.int(),
  quarantinedCount: z.int(),
  entityCount: z.int(),
  edgeCount: z.int(),
  tokensBilled: z.number(),
  costUsd: z.number(),
  errorCode: errorCode.nullable(),
  errorMessage: z.string().nullable(),
  graphErrorCode: errorCode.nullable(),
  graphErrorMessage: z.string().nullable(),
  /** ISO 8601. */
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type DocumentRow = z.output<typeof documentRow>;

/** A worker's claim on a document. Without a lease there is nothing to do for it: the row says why. */
export interface Claim {
  readonly document: DocumentRow;
  /** Fencing token: given to every write. The next claim makes it stale. */
  readonly lease?: string | undefined;
}

export const claim = z.object({ document: documentRow, lease: z.string().optional() }).readonly();
