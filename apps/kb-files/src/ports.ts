import type { ErrorCode } from "@gpt-agent/jobs/error-codes";
import type { NewChunk } from "@gpt-agent/supabase/chunks";
import type { DocumentWarning } from "@gpt-agent/supabase/documents";
import type { FileLimits } from "./file-limits.ts";
import type { Parse } from "./parser/parser-process.ts";

export interface DocumentRef {
  readonly orgId: string;
  readonly documentId: string;
}

/** The part of a document's row that this worker reads. */
export interface Document {
  readonly id: string;
  readonly orgId: string;
  readonly knowledgeBaseId: string;
  readonly name: string;
  readonly byteSize: number;
  readonly objectPath: string;
  /** Objects of older versions. */
  readonly supersededPaths: readonly string[];
  readonly state: string;
  readonly generation: number;
  readonly liveGeneration: number;
  /** 0: uploaded; 1: an attachment; 2: an attachment's attachment. */
  readonly attachmentDepth: number;
}

export interface Claim {
  readonly document: Document;
  /** Fencing token; absent where the row's state needs no such work. */
  readonly lease?: string;
}

export interface Documents {
  get(input: DocumentRef): Promise<{ readonly state: string } | undefined>;
  /** Its attachments. */
  list(input: {
    readonly orgId: string;
    readonly parentDocumentId: string;
    readonly limit: number;
    readonly cursor: string | undefined;
  }): Promise<{ readonly documents: readonly { readonly id: string }[]; readonly nextCursor?: string }>;
  claimProcessing(input: DocumentRef & { readonly leaseSeconds: number }): Promise<Claim>;
  claimDelete(input: DocumentRef & { readonly leaseSeconds: number }): Promise<Claim | undefined>;
  renewLease(
    input: DocumentRef & { readonly stage: "search"; readonly lease: string; readonly leaseSeconds: number },
  ): Promise<boolean>;
  finishProcessing(
    input: DocumentRef & {
      readonly generation: number;
      readonly lease: string;
      readonly chunkCount: number;
      readonly charCount: number;
      readonly pageCount: number | null;
      readonly language: string;
      /** In hexadecimal: of the original and of the text. */
      readonly rawSha256: string;
      readonly textSha256: string;
      readonly warnings: readonly DocumentWarning[];
    },
  ): Promise<void>;
  finishDelete(input: DocumentRef): Promise<void>;
  fail(
    input: DocumentRef & { readonly state: "failed" | "blocked"; readonly code: ErrorCode; readonly message: string },
  ): Promise<void>;
}

export interface Chunks {
  store(
    input: DocumentRef & {
      readonly generation: number;
      readonly lease: string;
      /** Clears what an earlier attempt stored of this generation. */
      readonly first: boolean;
      /** How many there will be; for progress. */
      readonly total: number;
      readonly chunks: readonly NewChunk[];
    },
  ): Promise<void>;
}

export interface Versions {
  /** An attachment as a document of its own: queued when it is new, else as it is. */
  attach(
    input: DocumentRef & {
      readonly generation: number;
      readonly lease: string;
      readonly id: string;
      readonly name: string;
      readonly mime: string | null;
      readonly byteSize: number;
      readonly objectPath: string;
      readonly rawSha256: string;
    },
  ): Promise<{ readonly state: string }>;
  /** They are removed from Storage. */
  forgetPaths(input: DocumentRef & { readonly paths: readonly string[] }): Promise<void>;
}

/** An organisation's own limits; null: the installation's. */
export interface Limits {
  get(input: { readonly orgId: string }): Promise<{ readonly [limit in keyof FileLimits]: FileLimits[limit] | null }>;
}

export interface KnowledgeBases {
  get(input: {
    readonly orgId: string;
    readonly knowledgeBaseId: string;
  }): Promise<{ readonly chunking: { readonly maxTokens: number; readonly overlapTokens: number } } | undefined>;
}

/** Storage. Paths start with the organisation's id. */
export interface Files {
  download(input: {
    readonly orgId: string;
    readonly path: string;
  }): Promise<Response | Blob | ReadableStream<Uint8Array>>;
  upload(input: {
    readonly orgId: string;
    readonly path: string;
    readonly body: Blob;
    readonly contentType: string;
  }): Promise<unknown>;
  remove(input: { readonly orgId: string; readonly paths: readonly string[] }): Promise<void>;
}

/** Of protected files; they are stored sealed. */
export interface Passwords {
  get(input: DocumentRef): Promise<string | undefined>;
}

export interface Ports {
  readonly passwords: Passwords;
  readonly documents: Documents;
  readonly chunks: Chunks;
  readonly knowledgeBases: KnowledgeBases;
  readonly files: Files;
  /** Bytes on disk into text and chunks on disk, in a process of its own. */
  readonly parse: Parse;
  readonly versions: Versions;
  readonly limits: Limits;
  readonly defaultLimits: FileLimits;
}
