import type { Span } from "./sentences.ts";

/** The default ontology for company knowledge. */
export const entityTypes = [
  "person",
  "organization",
  "product",
  "service",
  "place",
  "technology",
  "event",
  "document",
  "metric",
  "process",
  "feature",
] as const;
export type EntityType = (typeof entityTypes)[number];

/** A name found in a sentence. Its type is unknown until a relation tells. */
export interface Mention extends Span {
  readonly type: EntityType | "unknown";
  /** In the nominative where the rules know it, else as written. */
  readonly name: string;
  readonly confidence: number;
  /** Span that stands for the mention in a relation: with its quotation marks and "компания" before it. */
  readonly mask: Span;
}
