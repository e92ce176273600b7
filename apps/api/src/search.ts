import type { Hit, Ports } from "./ports.ts";
import { notFound } from "./problem.ts";

export interface Question {
  readonly orgId: string;
  readonly query: string;
  readonly knowledgeBaseId?: string | undefined;
  readonly documentId?: string | undefined;
  readonly limit: number;
  readonly minScore?: number | undefined;
}

interface Findings {
  readonly hits: readonly Hit[];
  /** At least one knowledge base was searched by words alone. */
  readonly degraded: boolean;
}

type SearchPorts = Pick<Ports, "documents" | "knowledgeBases" | "search" | "embedQuery">;

/**
 * Searches a knowledge base, a document, or everything the organisation has. Vectors of different profiles do not
 * compare, so the question is embedded once for each distinct active profile among the bases searched, and the ranked
 * lists are merged by score, which is a sum of reciprocal ranks and does compare.
 * @throws {Problem} not_found for another organisation's knowledge base or document.
 */
export const findHits = async (ports: SearchPorts, question: Question, signal: AbortSignal): Promise<Findings> => {
  const profileIds = await profilesToSearch(ports, question);
  const lists = await Promise.all(
    profileIds.map(async (profileId) => {
      const vector = await ports.embedQuery({ ...question, profileId }, signal);
      const hits = await ports.search.hybrid({ ...question, vector, profileId });
      return { hits, degraded: vector === undefined };
    }),
  );
  return {
    hits: merge(
      lists.map(({ hits }) => hits),
      question.limit,
    ),
    degraded: lists.some(({ degraded }) => degraded),
  };
};

const profilesToSearch = async (
  { documents, knowledgeBases }: SearchPorts,
  { orgId, knowledgeBaseId, documentId }: Question,
): Promise<readonly number[]> => {
  const base = knowledgeBaseId && (await knowledgeBases.get({ orgId, knowledgeBaseId }));
  if (knowledgeBaseId && !base) throw notFound("knowledge base");
  const document = documentId && (await documents.get({ orgId, documentId }));
  if (documentId && !document) throw notFound("document");

  const bases = base ? [base] : await knowledgeBases.list({ orgId });
  const searched = document ? bases.filter(({ id }) => id === document.knowledgeBaseId) : bases;
  return [...new Set(searched.map(({ activeProfileId }) => activeProfileId))];
};

/** Every list may hold the same passage found by words; its best score counts. */
const merge = (lists: readonly (readonly Hit[])[], limit: number): readonly Hit[] => {
  const best = new Map<Hit["chunkId"], Hit>();
  for (const hit of lists.flat()) {
    const known = best.get(hit.chunkId);
    if (!known || hit.score > known.score) best.set(hit.chunkId, hit);
  }
  return [...best.values()].toSorted((a, b) => b.score - a.score).slice(0, limit);
};
