import type { Claims } from "./claims.ts";
import { missedNames } from "./coverage.ts";
import type { UnreadChunk } from "./ports.ts";

/** A chunk to ask a model about; `missed`: names that its first answer passed over. */
export interface Asked extends Pick<UnreadChunk, "content" | "headingPath"> {
  readonly missed?: readonly string[];
}

/** A chunk to ask about once more. */
interface Again extends Asked {
  readonly first: Asked;
  readonly missed: readonly string[];
}

/** What a document may cost, repairs and second looks included. */
const mostCallsPerThousandTokens = 0.6;

/** The chunks whose claims pass over most of their names, the worst first. */
export const poorlyCovered = (known: ReadonlyMap<Asked, Claims>): Again[] =>
  [...known]
    .flatMap(([first, claims]) => {
      const missed = missedNames(first.content, claims);
      return missed ? [{ content: first.content, headingPath: first.headingPath, missed, first }] : [];
    })
    .toSorted((a, b) => b.missed.length - a.missed.length);

/** How many further calls may be made after so many about these chunks. */
export const affordableCalls = (asked: readonly Asked[], calls: number): number => {
  // The least that anybody counts: four characters a token, in any alphabet.
  const tokens = asked.reduce((sum, { content }) => sum + content.length / 4, 0);
  return Math.max(Math.floor((mostCallsPerThousandTokens * tokens) / 1_000) - calls, 0);
};

/** Both answers about one chunk. Refs are an answer's own: those of the second must not meet those of the first. */
export const together = (first: Claims, second: Claims): Claims => {
  const renamed = (ref: string): string => `2:${ref}`;
  return {
    entities: [...first.entities, ...second.entities.map((entity) => ({ ...entity, ref: renamed(entity.ref) }))],
    relations: [
      ...first.relations,
      ...second.relations.map((relation) => {
        return { ...relation, source: renamed(relation.source), target: renamed(relation.target) };
      }),
    ],
    rejected: [...(first.rejected ?? []), ...(second.rejected ?? [])],
  };
};
