import type { ClaimedEntity, ClaimedRelation, Claims, Rejection } from "./claims.ts";
import { chunkLabel } from "./prompt.ts";
import { answeredEntity, answeredRelation, looseAnswer } from "./schema.ts";

// A model's own certainty, as a number below what two independent statements would give.
const confidences = { low: 0.4, medium: 0.65, high: 0.85 };
const entityConfidence = 0.8;

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/**
 * The claims of an answer, chunk by chunk; items that do not fit the schema are kept as rejected, with the first chunk.
 * Undefined: the answer is no such JSON at all.
 */
export const readAnswer = (text: string, chunkCount: number): Claims[] | undefined => {
  const answer = looseAnswer.safeParse(parseJson(text));
  if (!answer.success) return undefined;
  const chunks = Array.from({ length: chunkCount }, () => {
    return { entities: [] as ClaimedEntity[], relations: [] as ClaimedRelation[], rejected: [] as Rejection[] };
  });
  const labels = new Map(chunks.map((claims, i) => [chunkLabel(i), claims]));
  const rejectedHere = chunks[0]?.rejected ?? [];

  for (const item of answer.data.entities) {
    const entity = answeredEntity.safeParse(item);
    const claims = entity.success ? labels.get(entity.data.chunk) : undefined;
    if (!entity.success || !claims) {
      rejectedHere.push({ reason: "unreadable", item });
      continue;
    }
    const { ref, type, name, mention } = entity.data;
    claims.entities.push({ ref, type, name, mentions: [{ surface: mention, confidence: entityConfidence }] });
  }
  for (const item of answer.data.relations) {
    const relation = answeredRelation.safeParse(item);
    const claims = relation.success ? labels.get(relation.data.chunk) : undefined;
    if (!relation.success || !claims) {
      rejectedHere.push({ reason: "unreadable", item });
      continue;
    }
    const { chunk: _, negated, hypothetical, confidence, ...claimed } = relation.data;
    if (negated || hypothetical) claims.rejected.push({ reason: negated ? "negated" : "hypothetical", item });
    else claims.relations.push({ ...claimed, confidence: confidences[confidence] });
  }
  return chunks;
};
