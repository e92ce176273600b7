import type { QueueDefinition } from "@gpt-agent/jobs/define-queue";
import { z } from "zod";

/** The kinds of work that a payload schema knows, one object each. */
const variantsOf = (schema: z.ZodType): readonly z.ZodObject[] => {
  if (schema instanceof z.ZodObject) return [schema];
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => variantsOf(option as z.ZodType));
  throw new Error("a queue's payload is an object, or a union of objects");
};

/** The kinds that one variant stands for; none where payloads have no kind. */
const kindsOf = (variant: z.ZodObject): readonly string[] => {
  let kind = variant.shape["kind"] as z.ZodType | undefined;
  if (kind instanceof z.ZodDefault) kind = kind.unwrap() as z.ZodType;
  if (kind instanceof z.ZodLiteral) return [...kind.values].map(String);
  return kind instanceof z.ZodEnum ? kind.options.map(String) : [];
};

/**
 * What a caller of the API may send of a queue's payload: the kinds that its contract opens, without the organisation,
 * which is the key's. Undefined where none is open.
 */
export const publicPayload = ({ payload, publicKinds }: QueueDefinition): z.ZodType | undefined => {
  if (publicKinds === undefined) return undefined;
  const open = variantsOf(payload).flatMap((variant) => {
    const own = z.strictObject(variant.omit({ orgId: true }).shape);
    if (publicKinds === "all") return [own];
    const kinds = kindsOf(variant).filter((kind) => publicKinds.includes(kind));
    return kinds.length === 0 ? [] : [own.extend({ kind: z.enum(kinds) })];
  });
  const [first, ...rest] = open;
  if (first === undefined) return undefined;
  return rest.length === 0 ? first : z.union([first, ...rest]);
};
