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
    name: z.string(),
    mime: z.string().nullable(),
    byteSize: z.int(),
    metadata: z.record(z.string(), z.json()),
    state: documentState.describe("Of search. `ready_partial`: some chunks could not be embedded."),
    graphState: z.enum(graphStates).describe("Of the knowledge graph; search never waits for it."),
    settled: z.boolean().describe("Nothing more happens by itself: both states are final."),
    progress: z.number().min(0).max(1).describe("Share of the way to being searchable."),
    generation: z.int().describe("Being built, or last built."),
    liveGeneration: z.int().describe("Being searched; 0 for none."),
    counts: z.object({
      pages: z.int().nullable(),
      characters: z.int().nullable(),
      chunks: z.int(),
      embedded: z.int(),
      quarantined: z.int(),
      entities: z.int(),
      edges: z.int(),
    }),
    language: z.string().nullable(),
    cost: z.object({ tokens: z.int(), usd: z.number() }),
    error: failure,
    graphError: failure,
    createdAt: z.iso.datetime({ offset: true }),
    updatedAt: z.iso.datetime({ offset: true }),
  })
  .meta({ id: "Document" });

type Document = z.output<typeof document>;

export const toDocument = (row: DocumentRow): Document => ({
  id: row.id,
  knowledgeBaseId: row.knowledgeBaseId,
  name: row.name,
  mime: row.mime,
  byteSize: row.byteSize,
  metadata: row.metadata as Document["metadata"],
  state: row.state,
  graphState: row.graphState,
  settled: isSettled(row),
  progress: progress(row),
  generation: row.generation,
  liveGeneration: row.liveGeneration,
  counts: {
    pages: row.pageCount,
    characters: row.charCount,
    chunks: row.chunkCount,
    embedded: row.embeddedCount,
    quarantined: row.quarantinedCount,
    entities: row.entityCount,
    edges: row.edgeCount,
  },
  language: row.language,
  cost: { tokens: row.tokensBilled, usd: row.costUsd },
  error: toFailure(row.errorCode, row.errorMessage),
  graphError: toFailure(row.graphErrorCode, row.graphErrorMessage),
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
});

/** A document that failed on its way to search gets no graph; one that is searchable may still wait for it. */
export const isSettled = ({ state, graphState }: Pick<DocumentRow, "state" | "graphState">): boolean => {
  if (state === "failed" || state === "blocked") return true;
  return (state === "ready" || state === "ready_partial") && graphState !== "pending";
};

/** Reading a file counts as the first tenth, embedding its chunks as the rest. */
const readingShare = 0.1;

const progress = ({ state, chunkCount, embeddedCount, quarantinedCount }: DocumentRow): number => {
  if (state === "ready" || state === "ready_partial") return 1;
  if (state !== "embedding") return 0;
  const done = chunkCount === 0 ? 0 : (embeddedCount + quarantinedCount) / chunkCount;
  return readingShare + (1 - readingShare) * Math.min(done, 1);
};

const toFailure = (code: ErrorCode | null, message: string | null): Document["error"] =>
  code === null ? null : { code, message: message ?? errorCodes[code] };
