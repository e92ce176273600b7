import { PermanentError } from "@gpt-agent/jobs/errors";

/**
 * Little-endian float32, as every embedding API packs it and every machine we run on keeps it. Loops, because a batch is
 * 150,000 numbers, and the next request waits until they are read.
 */
const decodeBase64 = (text: string): number[] => {
  const bytes = Buffer.from(text, "base64");
  if (bytes.length % 4 !== 0) return [];
  const floats = new Float32Array(bytes.length / 4);
  new Uint8Array(floats.buffer).set(bytes);
  const vector = new Array<number>(floats.length);
  for (let i = 0; i < floats.length; i += 1) vector[i] = floats[i] ?? 0;
  return vector;
};

const decode = (embedding: unknown): number[] => {
  if (typeof embedding === "string") return decodeBase64(embedding);
  return Array.isArray(embedding) ? embedding.map(Number) : [];
};

/**
 * The vectors of an embeddings response in the order of the inputs, by `index` and not by position.
 * Everything that could silently spoil an index is checked: count, indexes, dimensions, finite, not all zero.
 *
 * @throws {PermanentError} ai_bad_response for other dimensions than the profile's: no retry would change them.
 * @throws {Error} plain for the other defects, which a retry may cure.
 */
export const readVectors = (
  data: unknown,
  count: number,
  profile: { readonly model: string; readonly dimensions: number },
): number[][] => {
  const { model, dimensions } = profile;
  if (!Array.isArray(data) || data.length !== count) {
    const got = Array.isArray(data) ? `${data.length} vectors` : "no list";
    throw new Error(`${model} answered ${got} for ${count} texts`);
  }
  const vectors = new Array<number[] | undefined>(count).fill(undefined);
  for (const [position, item] of (data as { index?: unknown; embedding?: unknown }[]).entries()) {
    const index = item?.index ?? position;
    if (typeof index !== "number" || !(index in vectors) || vectors[index]) {
      throw new Error(`${model} answered with a wrong or repeated index at place ${position}`);
    }
    const vector = decode(item?.embedding);
    if (vector.length !== dimensions) {
      const message = `${model} answered ${vector.length} dimensions where its profile says ${dimensions}`;
      throw new PermanentError("ai_bad_response", message, { detail: { model, dimensions, got: vector.length } });
    }
    if (!vector.every(Number.isFinite)) throw new Error(`${model} answered a vector that is not finite`);
    if (vector.every((value) => value === 0)) throw new Error(`${model} answered a vector of zeros`);
    vectors[index] = vector;
  }
  return vectors.filter((vector) => vector !== undefined);
};
