import type { Embedder } from "@gpt-agent/ai/embedder";
import type { EmbeddingProfile } from "@gpt-agent/ai/profile";
import type { ErrorCode } from "@gpt-agent/jobs/error-codes";
import type { Lane } from "@gpt-agent/jobs/handler";

/** One generation of one document. */
export interface Scope {
  readonly orgId: string;
  readonly documentId: string;
  readonly generation: number;
}

/** `lease` is the fencing token: whoever claims later gets another, and writes with this one are refused. */
export type Held = Scope & { readonly lease: string };

export interface PendingChunk {
  readonly chunkId: number;
  /** What is embedded: heading path and content. */
  readonly text: string;
  readonly tokenCount: number;
}

/** After a write: how many chunks still wait, and whether this write put the generation live. */
export interface Progress {
  readonly stored: number;
  readonly remaining: number;
  readonly published: boolean;
}

export type ProfileRow = EmbeddingProfile & { readonly id: number };

/** Each method refuses another organisation's ids, and writes of a stale lease. All of them may be repeated. */
export interface EmbeddingStore {
  /** No lease: the generation is not waiting for vectors, or is no longer the document's. */
  claim(
    scope: Scope & { readonly leaseSeconds: number },
  ): Promise<{ readonly profile: ProfileRow; readonly lease?: string | undefined }>;
  /** Copies vectors of byte-identical texts of this organisation and profile. */
  reuse(held: Held): Promise<Progress>;
  pending(scope: Scope & { readonly limit: number }): Promise<readonly PendingChunk[]>;
  store(
    batch: Held & {
      readonly profileId: number;
      readonly vectors: readonly { readonly chunkId: number; readonly vector: readonly number[] }[];
      readonly requestId: string;
      readonly tokens: number;
      readonly costUsd: number;
    },
  ): Promise<Progress>;
  quarantine(
    chunk: Held & { readonly chunkId: number; readonly code: ErrorCode; readonly message: string },
  ): Promise<Progress>;
}

export interface Documents {
  /** False: another worker holds the document now. */
  renewLease(
    lease: Omit<Held, "generation"> & { readonly stage: "search"; readonly leaseSeconds: number },
  ): Promise<boolean>;
}

/** An organisation's money. While a pause stands, its documents that wait for vectors are `blocked` with its code. */
export interface Budgets {
  /** The pause that stands, or that begins now because the organisation's budget is spent; and its share of the provider's. */
  standing(scope: Pick<Scope, "orgId">): Promise<{
    readonly pause: { readonly code: ErrorCode; readonly resumesAt: string } | null;
    readonly weight: number;
  }>;
  /** The provider wants money. */
  pause(pause: {
    readonly orgId: string;
    readonly code: "ai_payment_required";
    readonly message: string;
    readonly resumesInSeconds: number;
  }): Promise<unknown>;
}

/** In whose name, and how urgently, the provider is asked. */
export interface Asking {
  readonly orgId: string;
  readonly weight: number;
  readonly lane: Lane;
}

export interface Ports {
  readonly store: EmbeddingStore;
  readonly documents: Documents;
  readonly budgets: Budgets;
  readonly embedderFor: (profile: EmbeddingProfile, asking: Asking) => Embedder;
  /** Milliseconds of a clock that only moves forward. */
  readonly now: () => number;
}
