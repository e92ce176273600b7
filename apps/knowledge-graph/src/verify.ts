import { caseStems } from "@gpt-agent/ai/names/case-stem";
import { entityTypes } from "@gpt-agent/ai/rules/mention";
import type { ClaimedEntity, ClaimedRelation, Claims, Rejection, RejectionReason } from "./claims.ts";
import { canonicalKey } from "./canonical-key.ts";
import { makeLocator, type Locator, type Place } from "./locate.ts";
import { makeGround } from "./grounding.ts";
import type { Contribution } from "./ports.ts";
import { relationFault } from "./relation-fault.ts";
import { storable } from "./storable.ts";

type Entity = Contribution["entities"][number];
type Relation = Contribution["relations"][number];

/** "Near the quote": within about one sentence on either side. */
const nearCodePoints = 200;
/** A name that is longer is a sentence, or a model going in circles. */
const longestName = 200;
const types: ReadonlySet<string> = new Set(entityTypes);
/** What has a proper name; processes, features, documents and metrics may be called by common words. */
const namedTypes: ReadonlySet<string> = new Set(["person", "organization", "place"]);
const noWords: ReadonlySet<string> = new Set();

const negation =
  /(?<![\p{L}])(?:not|never|no longer|cannot|neither|nor|denied|denies|не|ни|никогда|отрица[а-я]+|опроверг[а-я]*)(?![\p{L}])|n['’]t\b/iu;

const clamp = (confidence: number): number => (confidence > 0 ? Math.min(confidence, 1) : 0.01);

/** Whether every word of a name stands in the text, in whatever case ending. */
const mentionsName = (text: string, name: string): boolean => {
  const stems = new Set(caseStems(text));
  const wanted = caseStems(name);
  return wanted.length > 0 && wanted.every((stem) => stems.has(stem));
};

/**
 * Keeps of an extractor's claims what the chunk itself bears out. An entity needs a known type, a name and a mention
 * that stands in the chunk; a relation needs a quote that stands in the chunk, both ends in or near that quote, and no
 * negation in it. Surfaces and quotes are stored as the chunk writes them, whatever the extractor made of them.
 * What is refused is kept with its reason. Standing there is not being meant: a quote proves the words, not the claim.
 */
export const verifyClaims = (content: string, extractor: string, claims: Claims): Contribution => {
  const locator = makeLocator(content);
  const rejected: Rejection[] = (claims.rejected ?? []).map(({ reason, item }) => ({ reason, item: storable(item) }));
  const reject = (reason: RejectionReason, item: unknown): undefined =>
    void rejected.push({ reason, item: storable(item) });

  const entities = new Map<string, Entity>();
  for (const claimed of claims.entities) {
    const entity = verifyEntity(locator, claimed, reject);
    if (entity) entities.set(claimed.ref, entity);
  }
  const pairs = Map.groupBy(claims.relations, ({ source, target }) => `${source}\n${target}`);
  const relations = claims.relations
    .map((claimed) => {
      const isOnlyRelation = pairs.get(`${claimed.source}\n${claimed.target}`)?.length === 1;
      return verifyRelation(locator, claimed, isOnlyRelation, entities, reject);
    })
    .filter((relation) => relation !== undefined);
  return { extractor, entities: [...entities.values()], relations, rejected };
};

type Reject = (reason: RejectionReason, item: unknown) => undefined;

const verifyEntity = (locator: Locator, claimed: ClaimedEntity, reject: Reject): Entity | undefined => {
  const name = claimed.name
    .toWellFormed()
    .replaceAll(/[\s\p{Cc}]+/gu, " ")
    .trim();
  if (name === "") return reject("name_empty", claimed);
  if (name.length > longestName) return reject("name_too_long", claimed);
  if (!types.has(claimed.type)) return reject("type_unknown", claimed);
  const mentions = claimed.mentions.flatMap(({ surface, charStart, confidence }) => {
    const place = locator.find(surface, charStart);
    return place ? [{ ...place, surface: locator.slice(place), confidence: clamp(confidence) }] : [];
  });
  if (mentions.length === 0) return reject("mention_not_found", claimed);
  return { ref: claimed.ref, type: claimed.type, name, key: canonicalKey(claimed.type, name), mentions };
};

const verifyRelation = (
  locator: Locator,
  claimed: ClaimedRelation,
  isOnlyRelation: boolean,
  entities: ReadonlyMap<string, Entity>,
  reject: Reject,
): Relation | undefined => {
  const [source, target] = [entities.get(claimed.source), entities.get(claimed.target)];
  if (!source || !target) return reject("ref_unknown", claimed);
  if (source.type === target.type && source.key === target.key) return reject("self_relation", claimed);
  const predicate = claimed.predicate
    .normalize("NFKC")
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, "_")
    .replaceAll(/^_+|_+$/g, "");
  if (predicate === "") return reject("predicate_empty", claimed);
  const place = locator.find(claimed.quote, claimed.charStart);
  if (!place) return reject("quote_not_found", claimed);
  const quote = locator.slice(place);
  if (negation.test(quote)) return reject("negated", claimed);
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
  if (fault) return reject(fault, claimed);
  return { source: source.ref, target: target.ref, predicate, quote, ...place, confidence: clamp(claimed.confidence) };
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
