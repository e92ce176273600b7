import type { Claims } from "./claims.ts";
import type { OntologyInForce } from "./ontology-in-force.ts";
import type { Decided, Nameable } from "./resolution/canonicals.ts";

/** One generation of one document. */
export interface Scope {
  readonly orgId: string;
  readonly documentId: string;
  readonly generation: number;
}

/** `lease` is the fencing token: whoever claims later gets another, and writes with this one are refused. */
export type Held = Scope & { readonly lease: string };

export interface UnreadChunk {
  readonly chunkId: number;
  readonly content: string;
  readonly headingPath: readonly string[];
}

/** What one chunk adds to the graph. Offsets are code points in its content; surfaces and quotes are those slices. */
export interface Contribution {
  readonly extractor: string;
  readonly entities: readonly {
    readonly ref: string;
    readonly type: string;
    readonly name: string;
    readonly key: string;
    readonly mentions: readonly {
      readonly charStart: number;
      readonly charEnd: number;
      readonly surface: string;
      readonly confidence: number;
    }[];
  }[];
  readonly relations: readonly {
    readonly source: string;
    readonly target: string;
    readonly predicate: string;
    readonly quote: string;
    readonly charStart: number;
    readonly charEnd: number;
    readonly confidence: number;
  }[];
  readonly rejected: readonly { readonly reason: string; readonly item: unknown }[];
  /** Of the stored answers it was read from: tells what the chunk cost. */
  readonly answerKeys?: readonly string[];
}

/** Each method refuses another organisation's ids, and writes of a stale lease. All of them may be repeated. */
export interface Graph {
  /**
   * No lease: this generation's graph is not pending, or is no longer the document's. What another extractor has read, or this one
   * with another ontology, is to be read again. A base that is given another ontology later takes the lease away.
   */
  claim(
    scope: Scope & { readonly leaseSeconds: number; readonly extractor: string },
  ): Promise<{ readonly lease?: string | undefined; readonly document: { readonly knowledgeBaseId: string } }>;
  /** Chunks that no extractor has read, in order. */
  pending(scope: Scope & { readonly limit: number }): Promise<readonly UnreadChunk[]>;
  /** Replaces everything the chunk contributed. */
  applyChunk(
    chunk: Held & { readonly chunkId: number; readonly contribution: Contribution },
  ): Promise<{ readonly entities: number; readonly edges: number }>;
  /** Refused while a chunk is unread. */
  finish(held: Held): Promise<void>;
}

export interface Documents {
  /** False: another worker holds the document now. */
  renewLease(
    lease: Omit<Held, "generation"> & { readonly stage: "graph"; readonly leaseSeconds: number },
  ): Promise<boolean>;
}

/** Whose chunks are read, and what for. */
export interface ExtractScope {
  readonly orgId: string;
  readonly documentId: string;
  readonly ontology: OntologyInForce;
  readonly signal: AbortSignal;
}

/** What models answered about passages, known by keys that their reader makes. */
export interface Answers {
  find(input: { readonly orgId: string; readonly chunkKeys: readonly string[] }): Promise<
    readonly {
      readonly chunkKey: string;
      readonly content: string;
      readonly isTruncated: boolean;
      /** The passage's place among the `ofCount` that were asked about together. */
      readonly place: number;
      readonly ofCount: number;
    }[]
  >;
  /** Books what it cost, too; the same `requestId` counts once. `chunkKeys` in the order in which they were asked about. */
  store(
    answer: Pick<ExtractScope, "orgId" | "documentId"> & {
      readonly provider: string;
      readonly model: string;
      readonly requestId: string;
      readonly tokens: number;
      readonly costUsd: number;
      readonly content: string;
      readonly isTruncated: boolean;
      readonly chunkKeys: readonly string[];
    },
  ): Promise<void>;
}

export interface Extractor {
  /** Stored with what it found: "rules-1", or a model's name. */
  readonly key: string;
  /** Chunks it likes to read at once. */
  readonly chunksPerCall: number;
  /** Claims for each chunk, in the chunks' order. */
  extract(chunks: readonly UnreadChunk[], scope: ExtractScope): Promise<readonly Claims[]>;
}

export interface Base {
  readonly orgId: string;
  readonly knowledgeBaseId: string;
}

/** What bases' graphs are made of. */
export interface Ontologies {
  /** Newest first. An empty fingerprint: the release's own ontology, without a definition. */
  versions(
    base: Base & { readonly limit: number },
  ): Promise<readonly { readonly definition: unknown; readonly fingerprint: string }[]>;
}

/** Which entities of a base are one thing. */
export interface Resolution {
  /** The latest change of names that is not resolved yet. */
  latestChange(base: Base): Promise<number | undefined>;
  entities(base: Base): AsyncIterable<Nameable>;
  /** What people know better. */
  decisions(base: Base): Promise<readonly Decided[]>;
  /** Refused as `stale_lease` once somebody has resolved this change or a later one. */
  assign(
    input: Base & { readonly change: number; readonly assignments: readonly { id: string; canonicalId: string }[] },
  ): Promise<number>;
  settle(input: Base & { readonly change: number }): Promise<void>;
}

export interface NamePair {
  readonly type: string;
  readonly first: string;
  readonly second: string;
}
export type Verdict = "same" | "different" | "unsure";

/** Tells whether two names mean one thing, where rules cannot. */
export interface Judge {
  /** A verdict for each pair, in their order. Throws where it cannot be asked. */
  judge(pairs: readonly NamePair[], base: Base & { readonly signal: AbortSignal }): Promise<readonly Verdict[]>;
}

/** What a judge said, known by keys that it makes. */
export interface Judgements {
  find(
    input: Base & { readonly pairKeys: readonly string[] },
  ): Promise<readonly { readonly pairKey: string; readonly verdict: Verdict }[]>;
  /** Books what it cost, too; the same `requestId` counts once. */
  store(
    input: Base & {
      readonly provider: string;
      readonly model: string;
      readonly requestId: string;
      readonly tokens: number;
      readonly costUsd: number;
      readonly verdicts: readonly { readonly pairKey: string; readonly verdict: Verdict }[];
    },
  ): Promise<void>;
}

export interface Ports {
  readonly graph: Graph;
  readonly ontologies: Ontologies;
  readonly resolution: Resolution;
  readonly documents: Documents;
  readonly extractor: Extractor;
  /** None: names are told by rules alone. */
  readonly judge?: Judge | undefined;
  /** Milliseconds of a clock that only moves forward. */
  readonly now: () => number;
}
