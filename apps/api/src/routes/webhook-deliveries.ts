import { z } from "zod";
import { defineEndpoint, type Endpoint } from "../endpoint.ts";
import type { Ports } from "../ports.ts";
import { notFound, Problem } from "../problem.ts";
import { id } from "../resources/id.ts";
import { pageQuery } from "../resources/page.ts";
import {
  toAttempt,
  toWebhookDelivery,
  webhookDelivery,
  webhookDeliveryState,
  webhookDeliveryWithAttempts,
} from "../resources/webhook-delivery.ts";
import { eventType } from "../resources/webhook-endpoint.ts";
import { wakeEndpoints } from "../wake-endpoints.ts";

const params = z.object({ deliveryId: id });
const tag = "Outbound webhooks";
const path = "/v1/webhooks/deliveries";
const moment = z.iso.datetime({ offset: true });
const maxRedelivered = 10_000;

const redelivery = z.union([
  z.strictObject({ deliveryIds: z.array(id).min(1).max(1_000) }),
  z
    .strictObject({
      endpointId: id,
      from: moment.describe("Of the deliveries' creation, inclusive."),
      to: moment.describe("Exclusive."),
      states: z
        .array(z.enum(["delivered", "retry_wait", "exhausted", "cancelled"]))
        .min(1)
        .default(["exhausted"]),
    })
    .refine(({ from, to }) => Date.parse(from) < Date.parse(to), { path: ["to"], message: "must be after from" }),
]);

export const webhookDeliveryRoutes = ({
  webhookDeliveries,
  webhookEndpoints,
  webhookMessages,
  enqueue,
}: Pick<Ports, "webhookDeliveries" | "webhookEndpoints" | "webhookMessages" | "enqueue">): readonly Endpoint[] => {
  const read = async (orgId: string, deliveryId: string) => {
    const row = await webhookDeliveries.get({ orgId, deliveryId });
    if (!row) throw notFound("webhook delivery");
    return toWebhookDelivery(row);
  };
  return [
    defineEndpoint({
      method: "get",
      path,
      operationId: "listWebhookDeliveries",
      summary: "Deliveries, newest first",
      tag,
      query: z.strictObject({
        endpointId: id.optional(),
        messageId: id.optional(),
        state: webhookDeliveryState.optional(),
        eventType: eventType.optional(),
        from: moment.optional().describe("Created at this time or later."),
        to: moment.optional().describe("Created before."),
        ...pageQuery(200, 50),
      }),
      answers: {
        200: {
          description: "A page; without `nextCursor` it is the last",
          schema: z.object({ deliveries: z.array(webhookDelivery), nextCursor: z.string().optional() }),
        },
      },
      errors: ["not_found"],
      handle: async ({ query }, { orgId }) => {
        const { endpointId, messageId } = query;
        if (endpointId && !(await webhookEndpoints.get({ orgId, endpointId }))) throw notFound("webhook endpoint");
        if (messageId && !(await webhookMessages.get({ orgId, messageId }))) throw notFound("webhook message");
        const { deliveries, nextCursor } = await webhookDeliveries.list({ orgId, ...query });
        return { status: 200, body: { deliveries: deliveries.map(toWebhookDelivery), nextCursor } };
      },
    }),

    defineEndpoint({
      method: "post",
      path: `${path}/redeliver`,
      operationId: "redeliverWebhooks",
      summary: "Send many again",
      description: `Deliveries by id, or an endpoint's of a span of time. At most ${maxRedelivered} at once: call again while \`more\` is true.`,
      tag,
      body: redelivery,
      answers: {
        202: { description: "Due again", schema: z.object({ redelivered: z.int(), more: z.boolean() }) },
      },
      errors: ["not_found"],
      handle: async ({ body }, { orgId, log }) => {
        if ("endpointId" in body && !(await webhookEndpoints.get({ orgId, endpointId: body.endpointId }))) {
          throw notFound("webhook endpoint");
        }
        const done = await webhookDeliveries.redeliver({ orgId, ...body, limit: maxRedelivered });
        await wakeEndpoints(enqueue, orgId, done.endpointIds, log);
        return { status: 202, body: { redelivered: done.redelivered, more: done.more } };
      },
    }),

    defineEndpoint({
      method: "get",
      path: `${path}/:deliveryId`,
      operationId: "getWebhookDelivery",
      summary: "One delivery with its attempts",
      tag,
      params,
      answers: { 200: { description: "Found", schema: webhookDeliveryWithAttempts } },
      errors: ["not_found"],
      handle: async ({ params: key }, { orgId }) => {
        const row = await webhookDeliveries.get({ orgId, ...key });
        if (!row) throw notFound("webhook delivery");
        const attempts = await webhookDeliveries.attempts({ orgId, ...key });
        return { status: 200, body: { ...toWebhookDelivery(row), attempts: attempts.map(toAttempt) } };
      },
    }),

    defineEndpoint({
      method: "post",
      path: `${path}/:deliveryId/redeliver`,
      operationId: "redeliverWebhook",
      summary: "Send one again, from the first attempt",
      tag,
      params,
      answers: { 202: { description: "Due again", schema: webhookDelivery } },
      errors: ["not_found", "conflict"],
      handle: async ({ params: { deliveryId } }, { orgId, log }) => {
        const done = await webhookDeliveries.redeliver({ orgId, deliveryIds: [deliveryId], limit: 1 });
        if (done.redelivered === 0) throw new Problem("conflict", "The delivery is on its way at this moment.");
        await wakeEndpoints(enqueue, orgId, done.endpointIds, log);
        return { status: 202, body: await read(orgId, deliveryId) };
      },
    }),

    defineEndpoint({
      method: "post",
      path: `${path}/:deliveryId/cancel`,
      operationId: "cancelWebhookDelivery",
      summary: "Stop a delivery that has not arrived",
      description: "One that is on its way at this moment may still arrive, and then says so.",
      tag,
      params,
      answers: { 200: { description: "It will not be tried again", schema: webhookDelivery } },
      errors: ["not_found", "conflict"],
      handle: async ({ params: { deliveryId } }, { orgId }) => {
        if (!(await webhookDeliveries.cancel({ orgId, deliveryId }))) {
          throw new Problem("conflict", "The delivery has ended already: it was delivered, given up or cancelled.");
        }
        return { status: 200, body: await read(orgId, deliveryId) };
      },
    }),
  ];
};
