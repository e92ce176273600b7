import type { Attachment } from "./attach-values.ts";
import { idPredicates } from "./attach-values.ts";
import type { Locator } from "./locate.ts";
import type { Entity } from "./verify-entity.ts";
import type { Relation } from "./verify-relation.ts";

/** Read by a rule, so no surer than rules are. */
const confidence = 0.6;

const kindOf = (key: string): string => key.split(" ")[0] ?? "";

/**
 * What tells an owner from another of the same name: its only number in a register. Of several registers the first in alphabetical
 * order, so that it does not hang on where the numbers stand.
 */
const tellingNumber = (attachments: readonly Attachment[]): string | undefined => {
  const numbers = new Set(attachments.flatMap(({ type, key }) => (type === "identifier" ? [key] : [])));
  const kinds = Map.groupBy(numbers, kindOf);
  return [...kinds.values()]
    .filter((keys) => keys.length === 1)
    .flat()
    .toSorted()[0];
};

/**
 * Entities with the values that the chunk gives them: as relations to what is an entity of its own, and, for a number in a register,
 * as a part of the key, so that two companies of one name are two entities where their numbers say so.
 */
export const withValues = (
  locator: Locator,
  claimed: ReadonlyMap<string, Entity>,
  attachments: readonly Attachment[],
): { readonly entities: ReadonlyMap<string, Entity>; readonly relations: readonly Relation[] } => {
  const byOwner = Map.groupBy(attachments, ({ owner }) => owner.ref);
  const entities = new Map(
    Array.from(claimed, ([ref, entity]) => {
      const number = tellingNumber(byOwner.get(ref) ?? []);
      return [ref, number === undefined ? entity : { ...entity, key: `${entity.key} ${number}` }];
    }),
  );
  const refs = new Map(Array.from(entities, ([ref, { type, key }]) => [`${type} ${key}`, ref]));
  const relations = attachments.map(({ owner, type, key, place, quote }, i): Relation => {
    const known = refs.get(`${type} ${key}`);
    const target = known ?? `value ${i}`;
    if (known === undefined) {
      const surface = locator.slice(place);
      const name = surface.replaceAll(/\s+/g, " ").trim();
      entities.set(target, { ref: target, type, name, key, mentions: [{ ...place, surface, confidence }] });
      refs.set(`${type} ${key}`, target);
    }
    const predicate = idPredicates[type] ?? "has_identifier";
    return { source: owner.ref, target, predicate, quote: locator.slice(quote), ...quote, confidence };
  });
  return { entities, relations };
};
