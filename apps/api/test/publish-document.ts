import { makeEmbedder } from "@gpt-agent/ai/embedder";
import { localProfile } from "@gpt-agent/ai/profile";
import { makeChunks } from "@gpt-agent/supabase/chunks";
import type { Supabase } from "@gpt-agent/supabase/client";
import { makeDocuments } from "@gpt-agent/supabase/documents";
import { makeEmbeddingStore } from "@gpt-agent/supabase/embedding-store";
import { makeGraph } from "@gpt-agent/supabase/graph";

const text = "Завод «Прогресс» поставляет насосы в Казань.";
const leaseSeconds = 60;

/** Does what the three workers do to a queued document, with one chunk and one relation. */
export const publishDocument = async (supabase: Supabase, orgId: string, documentId: string): Promise<void> => {
  const documents = makeDocuments(supabase);
  const vectors = makeEmbeddingStore(supabase);
  const graph = makeGraph(supabase);

  const { lease = "", document } = await documents.claimProcessing({ orgId, documentId, leaseSeconds });
  const generation = { orgId, documentId, generation: document.generation };
  const length = [...text].length;
  await makeChunks(supabase).store({
    ...generation,
    lease,
    first: true,
    chunks: [
      {
        ordinal: 0,
        content: text,
        contextHeader: "Поставки",
        headingPath: ["Поставки"],
        pageFrom: 1,
        pageTo: 2,
        sheet: null,
        rowFrom: null,
        rowTo: null,
        charStart: 0,
        charEnd: length,
        kind: "text",
        tokenCount: 12,
        language: "russian",
      },
    ],
  });
  await documents.finishProcessing({
    ...generation,
    lease,
    chunkCount: 1,
    charCount: length,
    pageCount: 2,
    language: "russian",
  });

  const embedding = await vectors.claim({ ...generation, leaseSeconds });
  const [chunk] = await vectors.pending({ ...generation, limit: 10 });
  if (!chunk) throw new Error("the chunk is not there");
  const {
    vectors: [vector = []],
    ...bill
  } = await makeEmbedder(localProfile).embed([chunk.text], new AbortController().signal);
  await vectors.store({
    ...generation,
    ...bill,
    lease: embedding.lease ?? "",
    profileId: embedding.profile.id,
    vectors: [{ chunkId: chunk.chunkId, vector }],
  });

  const reading = await graph.claim({ ...generation, leaseSeconds });
  const leased = { ...generation, lease: reading.lease ?? "" };
  const mention = (surface: string) => ({ ...span(surface), surface, confidence: 0.6 });
  await graph.applyChunk({
    ...leased,
    chunkId: chunk.chunkId,
    contribution: {
      extractor: "rules-1",
      entities: [
        { ref: "a", type: "organization", name: "Прогресс", key: "прогресс", mentions: [mention("Прогресс")] },
        { ref: "b", type: "place", name: "Казань", key: "казань", mentions: [mention("Казань")] },
      ],
      relations: [
        {
          source: "a",
          target: "b",
          predicate: "supplies_to",
          quote: text,
          charStart: 0,
          charEnd: length,
          confidence: 0.6,
        },
      ],
      rejected: [],
    },
  });
  await graph.finish(leased);
};

/** Code points; the text has none beyond the basic plane. */
const span = (part: string) => ({ charStart: text.indexOf(part), charEnd: text.indexOf(part) + part.length });
