import { PermanentError } from "@gpt-agent/jobs/errors";
import { z } from "zod";
import { defineEndpoint, type Endpoint } from "../endpoint.ts";
import type { Ports } from "../ports.ts";
import { notFound, Problem } from "../problem.ts";
import { id } from "../resources/id.ts";
import { pageQuery } from "../resources/page.ts";
import { eventType } from "../resources/webhook-endpoint.ts";
import { newWebhookMessage, toWebhookMessage, webhookMessage } from "../resources/webhook-message.ts";
import { wakeEndpoints } from "../wake-endpoints.ts";

const tag = "Outbound webhooks";
const path = "/v1/webhooks/messages";
const idempotencyKey = /^[\x21-\x7e]{1,200}$/;

export const webhookMessageRoutes = ({
  webhookMessages,
  enqueue,
}: Pick<Ports, "webhookMessages" | "enqueue">): readonly Endpoint[] => [
  defineEndpoint({
    method: "post",
    path,
    operationId: "sendWebhookMessage",
    summary: "Send an event to every endpoint that wants it",
    description:
      'The body that is posted is `{"type", "timestamp", "data"}`. With the same `Idempotency-Key` again nothing is ' +
      "sent and the answer is the same; with another body under that key the answer is 409.",
    tag,
    headers: {
      "Idempotency-Key": "Yours, for this event: up to 200 visible ASCII characters. Kept as long as the message.",
    },
    body: newWebhookMessage,
    answers: {
      202: { description: "Stored; delivery follows", schema: webhookMessage, headers: { location: "Its address" } },
    },
    errors: ["conflict"],
    handle: async ({ body: { eventType, payload } }, { orgId, req, log }) => {
      const key = readKey(req.get("idempotency-key"));
      const made = await refuseOtherBody(
        key,
        webhookMessages.create({ orgId, eventType, payload, idempotencyKey: key }),
      );
      await wakeEndpoints(enqueue, orgId, made.endpointIds, log);
      const { message } = made;
      return { status: 202, body: toWebhookMessage(message), headers: { location: `${path}/${message.id}` } };
    },
  }),

  defineEndpoint({
    method: "get",
    path,
    operationId: "listWebhookMessages",
    summary: "Messages, newest first",
    tag,
    query: z.strictObject({ eventType: eventType.optional(), ...pageQuery(200, 50) }),
    answers: {
      200: {
        description: "A page; without `nextCursor` it is the last",
        schema: z.object({ messages: z.array(webhookMessage), nextCursor: z.string().optional() }),
      },
    },
    handle: async ({ query }, { orgId }) => {
      const { messages, nextCursor } = await webhookMessages.list({ orgId, ...query });
      return { status: 200, body: { messages: messages.map(toWebhookMessage), nextCursor } };
    },
  }),

  defineEndpoint({
    method: "get",
    path: `${path}/:messageId`,
    operationId: "getWebhookMessage",
    summary: "One message",
    tag,
    params: z.object({ messageId: id }),
    answers: { 200: { description: "Found", schema: webhookMessage } },
    errors: ["not_found"],
    handle: async ({ params: { messageId } }, { orgId }) => {
      const row = await webhookMessages.get({ orgId, messageId });
      if (!row) throw notFound("webhook message");
      return { status: 200, body: toWebhookMessage(row) };
    },
  }),
];

const readKey = (given: string | undefined): string | undefined => {
  if (given === undefined || idempotencyKey.test(given)) return given;
  throw new Problem("invalid_request", "Idempotency-Key: use 1 to 200 visible ASCII characters.");
};

const refuseOtherBody = async <Made>(key: string | undefined, make: Promise<Made>): Promise<Made> => {
  try {
    return await make;
  } catch (error) {
    if (!(error instanceof PermanentError && error.code === "conflict")) throw error;
    throw new Problem("conflict", `The Idempotency-Key "${key}" was used for another message.`, { cause: error });
  }
};
