import { z } from "zod";
import type { ClaimedEntity, ClaimedRelation, Claims, Rejection } from "./claims.ts";
import { chunkLabel } from "./prompt.ts";
import { salvageJson, type Condition } from "./salvage-json.ts";
import { itemsOf } from "./lenient-items.ts";

// A model's own certainty, as a number below what two independent statements would give.
const confidences = { low: 0.4, medium: 0.65, high: 0.85 };
const entityConfidence = 0.8;
/** The same item more often than this is a model going in circles. */
const mostRepetitions = 3;

export interface ReadAnswer {
  /** `repeating`: the model went in circles; each item is taken once. */
  readonly condition: Condition | "repeating";
  /** For each chunk. */
  readonly claims: readonly Claims[];
}

const lists = z.object({ entities: z.array(z.unknown()).optional(), relations: z.array(z.unknown()).optional() });
type Lists = z.output<typeof lists>;

const isRelation = (item: unknown): boolean =>
  typeof item === "object" && item !== null && "source" in item && "target" in item;
const isEntity = (item: unknown): boolean =>
  typeof item === "object" && item !== null && "ref" in item && "name" in item;

/**
 * The two lists, wherever the model put them: at the top, under one key, in one object for each chunk, or as one list of all items,
 * a line each.
 */
const findLists = (value: unknown): Lists | undefined => {
  const found = lists.safeParse(value);
  if (found.success && (found.data.entities || found.data.relations)) return found.data;
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (items.some((item) => isEntity(item) || isRelation(item))) {
    return { entities: items.filter((item) => !isRelation(item)), relations: items.filter(isRelation) };
  }
  const inside = (Array.isArray(value) ? value : Object.values(value ?? {}))
    .map((part) => (typeof part === "object" && part !== null && part !== value ? findLists(part) : undefined))
    .filter((part) => part !== undefined);
  if (inside.length === 0) return undefined;
  return {
    entities: inside.flatMap(({ entities = [] }) => entities),
    relations: inside.flatMap(({ relations = [] }) => relations),
  };
};

/** Without what was being written when the answer broke off: it would be read as if it were whole. */
const withoutLast = ({ entities = [], relations = [] }: Lists): Lists =>
  relations.length > 0
    ? { entities, relations: relations.slice(0, -1) }
    : { entities: entities.slice(0, -1), relations };

const countItems = (items: readonly unknown[]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const item of items) {
    const text = JSON.stringify(item);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return counts;
};

/**
 * The claims of an answer, chunk by chunk: every item that is whole, whatever became of the others; those that do not fit the schema
 * are kept as rejected, with the first chunk. Undefined: it holds no claims and does not say that there are none, or it broke off before the first.
 * @param isTruncated the output limit cut it off
 */
export const readAnswer = (text: string, chunkCount: number, isTruncated = false): ReadAnswer | undefined => {
  const salvaged = salvageJson(text);
  const found = salvaged && findLists(salvaged.value);
  if (!salvaged || !found) return undefined;
  const isCutOff = salvaged.condition === "cut_off" || isTruncated;
  const { entities = [], relations = [] } = salvaged.condition === "cut_off" ? withoutLast(found) : found;

  const chunks = Array.from({ length: chunkCount }, () => {
    return { entities: [] as ClaimedEntity[], relations: [] as ClaimedRelation[], rejected: [] as Rejection[] };
  });
  const items = itemsOf(chunkCount);
  const labels = new Map(chunks.map((claims, i) => [chunkLabel(i), claims]));
  const [first] = chunks;
  const unreadable = (item: unknown): void => void first?.rejected.push({ reason: "unreadable", item });

  const [entityCounts, relationCounts] = [countItems(entities), countItems(relations)];
  for (const text of entityCounts.keys()) {
    const item: unknown = JSON.parse(text);
    const entity = items.entity.safeParse(item);
    const claims = entity.success ? labels.get(entity.data.chunk) : undefined;
    if (!entity.success || !claims) {
      unreadable(item);
      continue;
    }
    const { ref, type, name, mention } = entity.data;
    claims.entities.push({ ref, type, name, mentions: [{ surface: mention, confidence: entityConfidence }] });
  }
  for (const text of relationCounts.keys()) {
    const item: unknown = JSON.parse(text);
    const relation = items.relation.safeParse(item);
    const claims = relation.success ? labels.get(relation.data.chunk) : undefined;
    if (!relation.success || !claims) {
      unreadable(item);
      continue;
    }
    const { chunk: _, negated, hypothetical, confidence, ...claimed } = relation.data;
    if (negated || hypothetical) claims.rejected.push({ reason: negated ? "negated" : "hypothetical", item });
    else claims.relations.push({ ...claimed, confidence: confidences[confidence] });
  }
  const isEmpty = chunks.every((claims) =>
    [claims.entities, claims.relations, claims.rejected].every((all) => all.length === 0),
  );
  if (isCutOff && isEmpty) return undefined;
  const isRepeating = [...entityCounts.values(), ...relationCounts.values()].some((count) => count > mostRepetitions);
  return { condition: isCutOff ? "cut_off" : isRepeating ? "repeating" : salvaged.condition, claims: chunks };
};
