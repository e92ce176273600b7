import { caseStems } from "@gpt-agent/ai/names/case-stem";
import type { RejectionReason } from "./claims.ts";
import { isGeneric, type Ground, type Groundedness } from "./grounding.ts";
import { fitsRange } from "./ontology.ts";

export interface RelationClaim {
  readonly subject: string;
  readonly predicate: string;
  readonly object: string;
  /** What of the two stands where the relation is said to be stated. */
  readonly subjectStands: Groundedness;
  readonly objectStands: boolean;
  /** Nothing else is claimed between these two. */
  readonly isOnlyRelation: boolean;
  /** Both are things with names of their own, as people and companies are; a process or a feature may be called anything. */
  readonly needNames: boolean;
  /** The subject may be one that the text goes on about without naming it; else both must stand there. */
  readonly mayBeImplied: boolean;
  /** Words of the ontology's labels, as stems: they name kinds of things. */
  readonly classWords: ReadonlySet<string>;
}

export const foldName = (name: string): string =>
  name
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, "");

const isName = (text: string): boolean => /[\p{Lu}\p{N}]/u.test(text);

/** "award" for "award received", "a film": what kind of thing is wanted, not one. */
const isClass = (object: string, classWords: ReadonlySet<string>): boolean => {
  const words = caseStems(object.replace(/^(?:an?|the)\s/iu, ""));
  return words.length === 0 || (!isName(object) && words.every((word) => classWords.has(word)));
};

/**
 * Why a text does not bear out that two names are related; undefined: nothing speaks against it. Standing there is not being meant,
 * so this refuses what is surely wrong and cannot prove what is right.
 *
 * A subject that the text does not name may be the one it goes on about ("The film stars …"), but only for a single relation to a
 * name; a text that does not refer back and states the relation in its own words states it of a subject of its own.
 */
export const relationFault = (ground: Ground, claim: RelationClaim): RejectionReason | undefined => {
  const { subject, predicate, object, subjectStands, isOnlyRelation } = claim;
  if (foldName(subject) === foldName(object)) return "self_relation";
  if (claim.needNames && (isGeneric(subject) || isClass(object, claim.classWords))) return "endpoint_not_a_name";
  if (!fitsRange(predicate, object)) return "range";
  if (!claim.objectStands) return "endpoint_not_near_quote";
  if (ground.standsOnlyInside(object, subject) || ground.standsOnlyInside(subject, object)) return "endpoints_overlap";
  if (claim.needNames && !isOnlyRelation && !isName(object)) return "predicate_ambiguous";
  if (subjectStands === "whole") return undefined;
  const isImplied =
    claim.mayBeImplied &&
    isOnlyRelation &&
    isName(object) &&
    (subjectStands === "partly" || ground.refersBack || !ground.hints(predicate));
  return isImplied ? undefined : "endpoint_not_near_quote";
};
