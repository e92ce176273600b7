import { errorCodes, type ErrorCode } from "@gpt-agent/jobs/error-codes";
import { documentStates, graphStates } from "@gpt-agent/supabase/document-row";
import { z } from "zod";
import type { DocumentRow } from "../ports.ts";
import { id } from "./id.ts";

export const documentState = z.enum(documentStates);

const failure = z
  .object({
    code: z.string().describe("From docs/error-codes.md."),
    message: z.string().describe("A sentence for people."),
  })
  .nullable();

export const document = z
  .object({
    id: id,
    knowledgeBaseId: id,
    parentDocumentId: id.nullable().describe("Of an attachment: the document it came with."),
    sourceKey: z.string().nullable().describe("Your own name for the source."),
    name: z.string(),
    mime: z.string().nullable(),
    byteSize: z.int(),
    sha256: z.string().nullable().describe("Of the newest version's file, in hexadecimal; null until it was read."),
    metadata: z.record(z.string(), z.json()),
    state: documentState.describe("Of search. `ready_partial`: parts are missing; `error` says which."),
    graphState: z.enum(graphStates).describe("Of the knowledge graph; search never waits for it."),
    settled: z.boolean().describe("Nothing more happens by itself: both states are final."),
    stage: z.enum(["queued", "reading", "storing", "embedding", "done"]).describe("What is being done for search."),
    progress: z.number().min(0).max(1).describe("Share of the way to being searchable."),
    etaSeconds: z.int().nullable().describe("Until searchable, at the pace so far; null while there is no pace yet."),
    generation: z.int().describe("Being built, or last built."),
    liveGeneration: z.int().describe("Being searched; 0 for none."),
    counts: z.object({
      pages: z.int().nullable(),
      characters: z.int().nullable(),
      chunks: z.int().describe("Of this generation; 0 until the file is read."),
      stored: z.int(),
      embedded: z.int(),
      quarantined: z.int(),
      entities: z.int(),
      edges: z.int(),
    }),
    language: z.string().nullable(),
    cost: z
      .object({ tokens: z.int(), usd: z.number(), tokensReused: z.int(), usdSaved: z.number() })
      .describe("Over all generations; reused: not bought, because an equal text had its vector."),
    error: failure,
    graphError: failure,
    warnings: z
      .array(z.object({ code: z.string(), message: z.string(), page: z.int().optional() }))
      .describe("Parts of the file that could not be read, at most 100."),
    createdAt: z.iso.datetime({ offset: true }),
    updatedAt: z.iso.datetime({ offset: true }),
  })
  .meta({ id: "Document" });

type Document = z.output<typeof document>;

export const toDocument = (row: DocumentRow): Document => ({
  id: row.id,
  knowledgeBaseId: row.knowledgeBaseId,
  parentDocumentId: row.parentDocumentId,
  sourceKey: row.sourceKey,
  name: row.name,
  mime: row.mime,
  byteSize: row.byteSize,
  sha256: row.rawSha256,
  metadata: row.metadata as Document["metadata"],
  state: row.state,
  graphState: row.graphState,
  settled: isSettled(row),
  stage: stageOf(row),
  progress: progress(row),
  etaSeconds: etaSeconds(row),
  generation: row.generation,
  liveGeneration: row.liveGeneration,
  counts: {
    pages: row.pageCount,
    characters: row.charCount,
    chunks: row.chunkCount,
    stored: row.storedCount,
    embedded: row.embeddedCount,
    quarantined: row.quarantinedCount,
    entities: row.entityCount,
    edges: row.edgeCount,
  },
  language: row.language,
  cost: { tokens: row.tokensBilled, usd: row.costUsd, tokensReused: row.tokensReused, usdSaved: row.usdSaved },
  error: toFailure(row.errorCode, row.errorMessage),
  graphError: toFailure(row.graphErrorCode, row.graphErrorMessage),
  warnings: row.warnings.map((warning) => ({ ...warning })),
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
});

/** A document that failed on its way to search gets no graph; one that is searchable may still wait for it. */
export const isSettled = ({ state, graphState }: Pick<DocumentRow, "state" | "graphState">): boolean => {
  if (state === "failed" || state === "blocked") return true;
  return (state === "ready" || state === "ready_partial") && graphState !== "pending";
};

/** The number of chunks is known as soon as the first ones are stored. */
const stageOf = ({ state, chunkCount }: DocumentRow): Document["stage"] => {
  if (state === "queued" || state === "embedding") return state;
  if (state !== "processing") return "done";
  return chunkCount > 0 ? "storing" : "reading";
};

/** What the present worker has embedded since it began sets the pace for the rest. */
const etaSeconds = (row: DocumentRow): number | null => {
  const { state, embeddingSince, embeddingFrom, embeddedCount, quarantinedCount, chunkCount, updatedAt } = row;
  const done = embeddedCount - embeddingFrom;
  if (state !== "embedding" || embeddingSince === null || done <= 0) return null;
  const elapsedMs = Math.max(0, Date.parse(updatedAt) - Date.parse(embeddingSince));
  const remaining = Math.max(0, chunkCount - embeddedCount - quarantinedCount);
  return Math.ceil((remaining * elapsedMs) / done / 1000);
};

/** Reading a file counts as the first tenth, embedding its chunks as the rest. */
const readingShare = 0.1;

const progress = ({ state, chunkCount, storedCount, embeddedCount, quarantinedCount }: DocumentRow): number => {
  if (state === "ready" || state === "ready_partial") return 1;
  if (state === "processing" && chunkCount > 0) return (readingShare * Math.min(storedCount / chunkCount, 1)) / 2;
  if (state !== "embedding") return 0;
  const done = chunkCount === 0 ? 0 : (embeddedCount + quarantinedCount) / chunkCount;
  return readingShare + (1 - readingShare) * Math.min(done, 1);
};

const toFailure = (code: ErrorCode | null, message: string | null): Document["error"] =>
  code === null ? null : { code, message: message ?? errorCodes[code] };
