import { findLiterals } from "@gpt-agent/ai/rules/literals/find-literals";
import { literalTypes } from "@gpt-agent/ai/rules/literals/literal";
import { canonicalKey } from "./canonical-key.ts";
import type { ClaimedEntity, RejectionReason } from "./claims.ts";
import type { Locator } from "./locate.ts";
import type { OntologyRules } from "./ontology-rules.ts";
import type { Contribution } from "./ports.ts";

export type Entity = Contribution["entities"][number];
export type Reject = (reason: RejectionReason, item: unknown) => undefined;

/** A name that is longer is a sentence, or a model going in circles. */
const longestName = 200;
/** What the database takes; some single letters fold into many. */
const longestKey = 500;
const values: ReadonlySet<string> = new Set(literalTypes);

/** Above 0, at most 1, whatever was claimed. */
export const clamp = (confidence: number): number => (confidence > 0 ? Math.min(confidence, 1) : 0.01);

/** A value is what it says, however it is written; everything else goes by its name. */
const keyOf = (type: string, name: string): string =>
  (values.has(type) ? findLiterals(name).find((literal) => literal.type === type)?.key : undefined) ??
  canonicalKey(type, name);

/** The entity that the chunk bears out; undefined, and rejected, where it does not. */
export const verifyEntity = (
  locator: Locator,
  claimed: ClaimedEntity,
  rules: OntologyRules,
  reject: Reject,
): Entity | undefined => {
  const name = claimed.name
    .toWellFormed()
    .replaceAll(/[\s\p{Cc}]+/gu, " ")
    .trim();
  if (name === "") return reject("name_empty", claimed);
  if (name.length > longestName) return reject("name_too_long", claimed);
  const type = rules.typeOf(claimed.type);
  if (type === undefined) return reject("type_unknown", claimed);
  const key = keyOf(type, name);
  if (key.length > longestKey) return reject("name_too_long", claimed);
  const mentions = claimed.mentions.flatMap(({ surface, charStart, confidence }) => {
    const place = locator.find(surface, charStart);
    return place ? [{ ...place, surface: locator.slice(place), confidence: clamp(confidence) }] : [];
  });
  if (mentions.length === 0) return reject("mention_not_found", claimed);
  return { ref: claimed.ref, type, name, key, mentions };
};
