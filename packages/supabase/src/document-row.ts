import { z } from "zod";
import { errorCode, hex, row } from "./rows.ts";

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

/** A part of a file that could not be read; the rest of the document is there. */
const warning = z.object({ code: errorCode, message: z.string(), page: z.int().optional() }).readonly();
export type DocumentWarning = z.output<typeof warning>;

export const documentRow = row({
  id: z.string(),
  orgId: z.string(),
  knowledgeBaseId: z.string(),
  /** Of an attachment: the document that it came with. */
  parentDocumentId: z.string().nullable(),
  /** 0: uploaded; 1: an attachment; 2: an attachment's attachment. */
  attachmentDepth: z.int(),
  /** The caller's own name for the source, unique in the knowledge base. */
  sourceKey: z.string().nullable(),
  name: z.string(),
  mime: z.string().nullable(),
  byteSize: z.number(),
  bucket: z.string(),
  /** Of the newest version's original, in Storage: `<orgId>/documents/<id>/…`. */
  objectPath: z.string(),
  /** Of the original; null until somebody has read it. */
  rawSha256: hex.nullable(),
  /** Of the extracted text of `generation`. */
  textSha256: hex.nullable(),
  /** Objects of older versions, to be removed once `generation` is live. */
  supersededPaths: z.array(z.string()),
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
  /** Of `generation`; known once its first chunk is stored. */
  chunkCount: z.int(),
  storedCount: z.int(),
  embeddedCount: z.int(),
  quarantinedCount: z.int(),
  entityCount: z.int(),
  edgeCount: z.int(),
  tokensBilled: z.number(),
  /** Not bought, because equal texts had their vectors. */
  tokensReused: z.number(),
  usdSaved: z.number(),
  costUsd: z.number(),
  /** When the present worker began to embed (ISO 8601), and how many chunks had a vector then. */
  embeddingSince: z.string().nullable(),
  embeddingFrom: z.int(),
  warnings: z.array(warning),
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
