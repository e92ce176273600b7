/**
 * What an extractor says about one chunk, before anything is checked. Names join nothing: relations point at `ref`s.
 * `surface` and `quote` are meant to be verbatim; `charStart` (code points) says where, if the extractor knows.
 */
export interface Claims {
  readonly entities: readonly ClaimedEntity[];
  readonly relations: readonly ClaimedRelation[];
  /** What could not even be read as a claim. */
  readonly rejected?: readonly Rejection[];
  /** Of the stored answers they were read from. */
  readonly answerKeys?: readonly string[];
}

export interface ClaimedEntity {
  readonly ref: string;
  readonly type: string;
  readonly name: string;
  readonly mentions: readonly ClaimedMention[];
}

export interface ClaimedMention {
  readonly surface: string;
  readonly charStart?: number;
  readonly confidence: number;
}

export interface ClaimedRelation {
  readonly source: string;
  readonly target: string;
  readonly predicate: string;
  readonly quote: string;
  readonly charStart?: number;
  readonly confidence: number;
}

export type RejectionReason =
  | "unreadable"
  | "type_unknown"
  | "name_empty"
  | "name_too_long"
  | "mention_not_found"
  | "quote_not_found"
  | "ref_unknown"
  | "endpoint_not_near_quote"
  | "self_relation"
  | "endpoint_not_a_name"
  | "endpoints_overlap"
  | "predicate_empty"
  | "predicate_unknown"
  | "predicate_ambiguous"
  | "domain"
  | "range"
  | "negated"
  | "hypothetical";

export interface Rejection {
  readonly reason: RejectionReason;
  readonly item: unknown;
}
