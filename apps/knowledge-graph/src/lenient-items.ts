import { z } from "zod";
import { answeredEntity, answeredRelation } from "./schema.ts";

// What models without strict schemas do to an item that is nevertheless clear: numbers for texts, capitals, a certainty of 0.9,
// nothing said of negation, or no chunk where there is but one. A property too many spoils nothing.

const text = z.preprocess((value) => (typeof value === "number" ? String(value) : value), z.string());
const flag = z.preprocess(
  (value) => (typeof value === "string" ? /^\s*(?:true|yes|1|да)\s*$/i.test(value) : value),
  z.boolean(),
);

const certainty = (value: unknown): unknown => {
  if (typeof value === "string") return value.trim().toLowerCase();
  if (typeof value !== "number") return value;
  const share = value > 1 ? value / 100 : value;
  return share >= 0.8 ? "high" : share >= 0.5 ? "medium" : "low";
};

/** "c2", "C2", "2", 2, "chunk c2" → "c2"; nothing, or what is no label, stays. */
const label = (value: unknown): unknown => {
  const number = typeof value === "number" ? String(value) : typeof value === "string" ? value : "";
  const [, digits] = /^\s*(?:chunk\s*)?c?(\d{1,3})\s*$/i.exec(number) ?? [];
  return digits === undefined ? value : `c${digits}`;
};

const makeItems = (onlyChunk: string | undefined) => {
  const chunk = z.preprocess((value) => label(value ?? onlyChunk), z.string());
  const entity = z
    .object({ ...answeredEntity.shape, ref: text, chunk, name: text, mention: text.optional() })
    .transform(({ mention, ...rest }) => ({ ...rest, mention: mention ?? rest.name }));
  const relation = z.object({
    ...answeredRelation.shape,
    chunk,
    source: text,
    target: text,
    negated: flag.default(false),
    hypothetical: flag.default(false),
    confidence: z.preprocess(certainty, answeredRelation.shape.confidence).default("medium"),
  });
  return { entity, relation };
};

const [several, single] = [makeItems(undefined), makeItems("c1")];

/** How items of an answer about so many chunks are read. */
export const itemsOf = (chunkCount: number) => (chunkCount === 1 ? single : several);
