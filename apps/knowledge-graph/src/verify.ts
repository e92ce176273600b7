import type { OntologyRules } from "./ontology-rules.ts";
import type { Claims, Rejection, RejectionReason } from "./claims.ts";
import { attachValues } from "./attach-values.ts";
import { makeLocator } from "./locate.ts";
import type { Contribution } from "./ports.ts";
import { storable } from "./storable.ts";
import { withValues } from "./values.ts";
import { type Entity, verifyEntity } from "./verify-entity.ts";
import { type Relation, verifyRelation } from "./verify-relation.ts";

/**
 * Keeps of an extractor's claims what the chunk itself bears out. An entity needs a type of the ontology, a name and a mention that
 * stands in the chunk; a relation needs a quote that stands in the chunk, both ends in or near that quote, ends that the ontology
 * allows, and no negation in it. Surfaces and quotes are stored as the chunk writes them, whatever the extractor made of them.
 * What is refused is kept with its reason. Standing there is not being meant: a quote proves the words, not the claim.
 *
 * Beside the claims, whose tax number, e-mail address, telephone or site the chunk gives is read from it here, whoever claimed.
 */
export const verifyClaims = (content: string, reader: string, claims: Claims, rules: OntologyRules): Contribution => {
  const locator = makeLocator(content);
  const rejected: Rejection[] = (claims.rejected ?? []).map(({ reason, item }) => ({ reason, item: storable(item) }));
  const reject = (reason: RejectionReason, item: unknown): undefined =>
    void rejected.push({ reason, item: storable(item) });

  const claimed = new Map<string, Entity>();
  for (const claim of claims.entities) {
    const entity = verifyEntity(locator, claim, rules, reject);
    if (entity) claimed.set(claim.ref, entity);
  }
  const { entities, relations: attached } = withValues(
    locator,
    claimed,
    attachValues(content, locator, claimed.values()),
  );
  const pairs = Map.groupBy(claims.relations, ({ source, target }) => `${source}\n${target}`);
  const relations = claims.relations
    .map((claim): Relation | undefined => {
      const isOnlyRelation = pairs.get(`${claim.source}\n${claim.target}`)?.length === 1;
      return verifyRelation({ locator, claim, isOnlyRelation, entities, rules, reject });
    })
    .filter((relation) => relation !== undefined);
  const { answerKeys } = claims;
  const kept = { entities: [...entities.values()], relations: [...relations, ...attached], rejected };
  return { extractor: reader, ...kept, ...(answerKeys && { answerKeys }) };
};
