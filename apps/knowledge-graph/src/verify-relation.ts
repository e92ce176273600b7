import { caseStems } from "@gpt-agent/ai/names/case-stem";
import type { ClaimedRelation } from "./claims.ts";
import { makeGround } from "./grounding.ts";
import type { Locator, Place } from "./locate.ts";
import type { OntologyRules } from "./ontology-rules.ts";
import type { Contribution } from "./ports.ts";
import { relationFault } from "./relation-fault.ts";
import { clamp, type Entity, type Reject } from "./verify-entity.ts";

export type Relation = Contribution["relations"][number];

/** "Near the quote": within about one sentence on either side. */
const nearCodePoints = 200;
/** What has a proper name; processes, features, documents and metrics may be called by common words. */
const namedTypes: ReadonlySet<string> = new Set(["person", "organization", "place"]);
const noWords: ReadonlySet<string> = new Set();

const negation =
  /(?<![\p{L}])(?:not|never|no longer|cannot|neither|nor|denied|denies|не|ни|никогда|отрица[а-я]+|опроверг[а-я]*)(?![\p{L}])|n['’]t\b/iu;

/** Whether every word of a name stands in the text, in whatever case ending. */
const mentionsName = (text: string, name: string): boolean => {
  const stems = new Set(caseStems(text));
  const wanted = caseStems(name);
  return wanted.length > 0 && wanted.every((stem) => stems.has(stem));
};

/** The entity as the text writes it in or near the quote, else by its name. */
const wordingNear = ({ name, mentions }: Entity, { charStart, charEnd }: Place): string =>
  mentions.find((mention) => mention.charEnd > charStart && mention.charStart < charEnd)?.surface ?? name;

const isNear = (locator: Locator, { name, mentions }: Entity, place: Place, quote: string): boolean => {
  const from = place.charStart - nearCodePoints;
  const to = place.charEnd + nearCodePoints;
  if (mentions.some(({ charStart, charEnd }) => charEnd > from && charStart < to)) return true;
  if (mentions.some(({ surface }) => mentionsName(quote, surface))) return true;
  return mentionsName(locator.slice({ charStart: Math.max(from, 0), charEnd: to }), name);
};

/** The relation that the chunk bears out and the ontology allows; undefined, and rejected, where either does not. */
export const verifyRelation = ({
  locator,
  claim,
  isOnlyRelation,
  entities,
  rules,
  reject,
}: {
  readonly locator: Locator;
  readonly claim: ClaimedRelation;
  readonly isOnlyRelation: boolean;
  /** By ref. */
  readonly entities: ReadonlyMap<string, Entity>;
  readonly rules: OntologyRules;
  readonly reject: Reject;
}): Relation | undefined => {
  const [source, target] = [entities.get(claim.source), entities.get(claim.target)];
  if (!source || !target) return reject("ref_unknown", claim);
  if (source.type === target.type && source.key === target.key) return reject("self_relation", claim);
  const judged = rules.predicateOf(claim.predicate, source.type, target.type);
  if (judged.fault !== undefined) return reject(judged.fault, claim);
  const { predicate } = judged;
  const place = locator.find(claim.quote, claim.charStart);
  if (!place) return reject("quote_not_found", claim);
  const quote = locator.slice(place);
  if (negation.test(quote)) return reject("negated", claim);
  const [subject, object] = [wordingNear(source, place), wordingNear(target, place)];
  const fault = relationFault(makeGround(quote), {
    subject,
    predicate,
    object,
    subjectStands: isNear(locator, source, place, quote) ? "whole" : "absent",
    objectStands: isNear(locator, target, place, quote),
    isOnlyRelation,
    needNames: namedTypes.has(source.type) && namedTypes.has(target.type),
    mayBeImplied: false,
    classWords: noWords,
  });
  if (fault) return reject(fault, claim);
  return { source: source.ref, target: target.ref, predicate, quote, ...place, confidence: clamp(claim.confidence) };
};
