import { caseStems } from "@gpt-agent/ai/names/case-stem";
import type { RejectionReason } from "./claims.ts";
import { makeGround } from "./grounding.ts";
import { isDate, matchPredicate } from "./ontology.ts";
import { foldName, relationFault } from "./relation-fault.ts";

/** Subject, predicate, object, as names. */
export type Triple = readonly [subject: string, predicate: string, object: string];

export interface VerifiedTriples {
  /** With the ontology's own labels; each once. */
  readonly kept: readonly Triple[];
  readonly rejected: readonly { readonly triple: Triple; readonly reason: RejectionReason }[];
}

const keyOf = (names: readonly string[]): string => names.map(foldName).join("\n");

/**
 * What a text bears out of the triples claimed for it, by the checks that every relation goes through before it is stored.
 * @param labels the relations that the ontology has
 */
export const verifyTriples = (text: string, labels: readonly string[], claimed: readonly Triple[]): VerifiedTriples => {
  const ground = makeGround(text);
  const classWords = new Set(labels.flatMap((label) => caseStems(label)));
  const kept = new Map<string, Triple>();
  const rejected: { readonly triple: Triple; readonly reason: RejectionReason }[] = [];

  const labelled = claimed.flatMap((triple) => {
    const label = matchPredicate(labels, triple[1]);
    if (label === undefined) rejected.push({ triple, reason: "predicate_unknown" });
    return label === undefined ? [] : [{ triple, subject: triple[0].trim(), label, object: triple[2].trim() }];
  });
  const predicates = new Map<string, Set<string>>();
  for (const { subject, label, object } of labelled) {
    const pair = keyOf([subject, object]);
    predicates.set(pair, (predicates.get(pair) ?? new Set()).add(label));
  }
  for (const { triple, subject, label, object } of labelled) {
    // Of a date, its year is what a text is sure to write the same way.
    const year = isDate(object) ? /\d{4}/u.exec(object)?.[0] : undefined;
    const fault = relationFault(ground, {
      subject,
      predicate: label,
      object,
      subjectStands: ground.holds(subject),
      objectStands: ground.holdsAsWritten(object) || (year !== undefined && ground.holdsAsWritten(year)),
      isOnlyRelation: predicates.get(keyOf([subject, object]))?.size === 1,
      needNames: true,
      mayBeImplied: true,
      classWords,
    });
    if (fault === undefined) kept.set(keyOf([subject, label, object]), [subject, label, object]);
    else rejected.push({ triple, reason: fault });
  }
  return { kept: [...kept.values()], rejected };
};
