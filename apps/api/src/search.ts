import type { Log } from "@gpt-agent/jobs/handler";
import type { Neighbour } from "@gpt-agent/supabase/search";
import type { Hit, Ports } from "./ports.ts";
import { notFound, Problem } from "./problem.ts";

export interface Question {
  readonly orgId: string;
  readonly query: string;
  readonly knowledgeBaseId?: string | undefined;
  readonly documentId?: string | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  readonly limit: number;
  readonly minScore?: number | undefined;
  readonly minSimilarity?: number | undefined;
  readonly highlight?: boolean | undefined;
  /** How many passages around each hit. */
  readonly neighbours?: number | undefined;
  readonly rerank?: boolean | undefined;
}

export interface Found {
  readonly hit: Hit;
  readonly rerankScore?: number | undefined;
  readonly before?: readonly Neighbour[] | undefined;
  readonly after?: readonly Neighbour[] | undefined;
}

interface Findings {
  readonly found: readonly Found[];
  /** At least one knowledge base was searched by words alone. */
  readonly degraded: boolean;
  /** The order is the reranker's. */
  readonly reranked: boolean;
}

type SearchPorts = Pick<Ports, "documents" | "knowledgeBases" | "search" | "embedQuery" | "rerank">;

/** What a reranker is given for each hit asked for, so that it can bring up what stands lower. */
const candidatesPerHit = 3;
const maxCandidates = 50;

/**
 * Searches a knowledge base, a document, or everything the organisation has. Vectors of different profiles do not
 * compare, so the question is embedded once for each distinct active profile among the bases searched, and the ranked
 * lists are merged by score, which is a sum of reciprocal ranks and does compare.
 * @throws {Problem} not_found for another organisation's knowledge base or document; invalid_request for a reranker that
 * this installation has not.
 */
export const findHits = async (
  ports: SearchPorts,
  question: Question,
  { signal, log }: { readonly signal: AbortSignal; readonly log: Log },
): Promise<Findings> => {
  const { orgId, query, limit, neighbours = 0 } = question;
  const rerank = question.rerank ? rerankerOf(ports) : undefined;
  const wanted = rerank ? Math.max(limit, Math.min(limit * candidatesPerHit, maxCandidates)) : limit;
  const profileIds = await profilesToSearch(ports, question);
  const lists = await Promise.all(
    profileIds.map(async (profileId) => {
      const vector = await ports.embedQuery({ orgId, profileId, query }, signal);
      const hits = await ports.search.hybrid({ ...question, limit: wanted, vector, profileId });
      return { hits, degraded: vector === undefined };
    }),
  );
  const hits = merge(
    lists.map((list) => list.hits),
    wanted,
  );
  const scores = rerank && (await rerankScores(rerank, question, hits, { signal, log }));
  const best = (scores ? byScore(hits, scores) : hits.map((hit) => ({ hit }))).slice(0, limit);
  return {
    found: neighbours > 0 ? await withNeighbours(ports, orgId, best, neighbours) : best,
    degraded: lists.some((list) => list.degraded),
    reranked: scores !== undefined,
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

const rerankerOf = ({ rerank }: SearchPorts): NonNullable<Ports["rerank"]> => {
  if (rerank) return rerank;
  throw new Problem("invalid_request", "This installation has no reranker. Leave rerank out.");
};

/** Undefined where the reranker is away: the order by rank is good too, and the search goes on. */
const rerankScores = async (
  rerank: NonNullable<Ports["rerank"]>,
  { orgId, query }: Question,
  hits: readonly Hit[],
  { signal, log }: { readonly signal: AbortSignal; readonly log: Log },
): Promise<readonly number[] | undefined> => {
  if (hits.length === 0) return undefined;
  const texts = hits.map(({ contextHeader, content }) => (contextHeader ? `${contextHeader}\n${content}` : content));
  try {
    return await rerank({ orgId, query, texts }, signal);
  } catch (error) {
    signal.throwIfAborted();
    log.warn("hits could not be reranked, their order is by rank", { error });
    return undefined;
  }
};

const byScore = (hits: readonly Hit[], scores: readonly number[]): readonly Found[] =>
  hits
    .map((hit, index) => ({ hit, rerankScore: scores[index] ?? 0 }))
    .toSorted((a, b) => b.rerankScore - a.rerankScore);

const withNeighbours = async (
  { search }: SearchPorts,
  orgId: string,
  found: readonly Found[],
  count: number,
): Promise<readonly Found[]> => {
  if (found.length === 0) return found;
  const around = await search.neighbours({ orgId, chunkIds: found.map(({ hit }) => hit.chunkId), count });
  const ofHit = Map.groupBy(around, ({ ofChunkId }) => ofChunkId);
  return found.map((one) => {
    const own = ofHit.get(one.hit.chunkId) ?? [];
    return {
      ...one,
      before: own.filter(({ distance }) => distance < 0),
      after: own.filter(({ distance }) => distance > 0),
    };
  });
};
