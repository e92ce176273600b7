import { type InputOf, type PayloadOf, type QueueDefinition } from "@gpt-agent/jobs/define-queue";
import { PermanentError } from "@gpt-agent/jobs/errors";
import { z } from "zod";

/** A payload holds ids. What needs more belongs in a row or in Storage. */
export const maxPayloadBytes = 8_192;

/** @throws {PermanentError} `invalid_payload`, naming each field that does not match, never its value. */
export const parsePayload = <Q extends QueueDefinition>(queue: Q, input: unknown): PayloadOf<Q> => {
  const parsed = queue.payload.safeParse(input);
  if (!parsed.success) {
    throw new PermanentError(
      "invalid_payload",
      `The payload does not match queue ${queue.name}: ${z.prettifyError(parsed.error).replaceAll("\n", " ")}`,
    );
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its own schema's output, lost through the generic
  return parsed.data as PayloadOf<Q>;
};

/**
 * The payload as it goes to Redis.
 * @throws {PermanentError} `invalid_payload` when it does not match its schema or is above `maxPayloadBytes`.
 */
export const checkPayload = <Q extends QueueDefinition>(queue: Q, input: InputOf<Q>): PayloadOf<Q> => {
  const payload = parsePayload(queue, input);
  const bytes = Buffer.byteLength(JSON.stringify(payload));
  if (bytes > maxPayloadBytes) {
    throw new PermanentError(
      "invalid_payload",
      `A payload for queue ${queue.name} has ${bytes} bytes, ${maxPayloadBytes} are allowed: send an id, keep the body in a row`,
    );
  }
  return payload;
};

/**
 * The key under which enqueues collapse, if the queue has one. It starts with the organisation: nobody's job may
 * swallow another's.
 */
export const dedupeKey = <Q extends QueueDefinition>(queue: Q, payload: PayloadOf<Q>): string | undefined => {
  const key = queue.dedupe?.(payload);
  if (key === undefined) return undefined;
  const orgId = orgIdOf(payload);
  return orgId === undefined ? key : `${orgId}:${key}`;
};

/** Whose payload it is, parsed or not. */
export const orgIdOf = (payload: unknown): string | undefined =>
  typeof payload === "object" && payload !== null && "orgId" in payload && typeof payload.orgId === "string"
    ? payload.orgId
    : undefined;
