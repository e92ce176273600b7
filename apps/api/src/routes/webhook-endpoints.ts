import { randomUUID } from "node:crypto";
import { z } from "zod";
import { defineEndpoint, type Endpoint } from "../endpoint.ts";
import type { Ports } from "../ports.ts";
import { notFound, Problem } from "../problem.ts";
import { id } from "../resources/id.ts";
import {
  newWebhookEndpoint,
  secret,
  signing,
  toWebhookEndpoint,
  webhookEndpoint,
  webhookEndpointChanges,
  webhookEndpointWithSecret,
} from "../resources/webhook-endpoint.ts";
import { toWebhookMessage, webhookMessage } from "../resources/webhook-message.ts";
import { wakeEndpoints } from "../wake-endpoints.ts";
import { makeWebhookSecret, sealHeaders } from "../webhook-secret.ts";

const params = z.object({ endpointId: id });
const tag = "Outbound webhooks";
const path = "/v1/webhooks/endpoints";
const oneDaySeconds = 24 * 3_600;

export const webhookEndpointRoutes = ({
  webhookEndpoints,
  webhookMessages,
  seal,
  enqueue,
}: Pick<Ports, "webhookEndpoints" | "webhookMessages" | "seal" | "enqueue">): readonly Endpoint[] => [
  defineEndpoint({
    method: "get",
    path,
    operationId: "listWebhookEndpoints",
    summary: "All endpoints of the organisation",
    tag,
    answers: { 200: { description: "Oldest first", schema: z.object({ endpoints: z.array(webhookEndpoint) }) } },
    handle: async (_input, { orgId }) => {
      const rows = await webhookEndpoints.list({ orgId });
      return { status: 200, body: { endpoints: rows.map(toWebhookEndpoint) } };
    },
  }),

  defineEndpoint({
    method: "post",
    path,
    operationId: "createWebhookEndpoint",
    summary: "Have events sent to an address",
    description:
      "Every message whose type one of `eventTypes` matches is posted there, signed after Standard Webhooks " +
      "(`webhook-id`, `webhook-timestamp`, `webhook-signature`). Any 2xx within 15 s is a success; what fails is tried " +
      "ten times over about 75 hours. The same delivery may come more than once: `webhook-id` tells.",
    tag,
    body: newWebhookEndpoint,
    answers: {
      201: { description: "Created", schema: webhookEndpointWithSecret, headers: { location: "Its address" } },
    },
    errors: ["conflict"],
    handle: async ({ body: { headers, signing, ...settings } }, { orgId }) => {
      const endpointId = randomUUID();
      const sealedHeaders = await sealHeaders(seal, { orgId, endpointId }, headers);
      const made = await makeWebhookSecret(seal, orgId, signing);
      const row = await webhookEndpoints.create({
        orgId,
        endpointId,
        settings: { ...settings, ...sealedHeaders },
        secret: made.stored,
      });
      const body = { ...toWebhookEndpoint(row), secret: made.secret };
      return { status: 201, body, headers: { location: `${path}/${row.id}` } };
    },
  }),

  defineEndpoint({
    method: "get",
    path: `${path}/:endpointId`,
    operationId: "getWebhookEndpoint",
    summary: "One endpoint: settings, state, health",
    tag,
    params,
    answers: { 200: { description: "Found", schema: webhookEndpoint } },
    errors: ["not_found"],
    handle: async ({ params: { endpointId } }, { orgId }) => {
      const row = await webhookEndpoints.get({ orgId, endpointId });
      if (!row) throw notFound("webhook endpoint");
      return { status: 200, body: toWebhookEndpoint(row) };
    },
  }),

  defineEndpoint({
    method: "patch",
    path: `${path}/:endpointId`,
    operationId: "updateWebhookEndpoint",
    summary: "Change an endpoint",
    description: "Filters hold for messages from now on; address and headers also for deliveries that wait.",
    tag,
    params,
    body: webhookEndpointChanges,
    answers: { 200: { description: "Changed", schema: webhookEndpoint } },
    errors: ["not_found"],
    handle: async ({ params: { endpointId }, body: { headers, ...changes } }, { orgId, log }) => {
      const sealedHeaders = headers && (await sealHeaders(seal, { orgId, endpointId }, headers));
      const row = await webhookEndpoints.update({ orgId, endpointId, changes: { ...changes, ...sealedHeaders } });
      if (!row) throw notFound("webhook endpoint");
      // Another address is not held back by what the old one did.
      if (changes.url !== undefined) await wakeEndpoints(enqueue, orgId, [endpointId], log);
      return { status: 200, body: toWebhookEndpoint(row) };
    },
  }),

  defineEndpoint({
    method: "delete",
    path: `${path}/:endpointId`,
    operationId: "deleteWebhookEndpoint",
    summary: "Delete an endpoint with its deliveries",
    tag,
    params,
    answers: { 204: { description: "Gone" } },
    errors: ["not_found"],
    handle: async ({ params: { endpointId } }, { orgId }) => {
      if (!(await webhookEndpoints.remove({ orgId, endpointId }))) throw notFound("webhook endpoint");
      return { status: 204 };
    },
  }),

  defineEndpoint({
    method: "post",
    path: `${path}/:endpointId/rotate-secret`,
    operationId: "rotateWebhookSecret",
    summary: "A new signing secret",
    description: "Deliveries carry a signature of each valid secret: change the receiver over before the overlap ends.",
    tag,
    params,
    body: z
      .strictObject({
        signing,
        overlapSeconds: z
          .int()
          .min(0)
          .max(7 * oneDaySeconds)
          .default(oneDaySeconds)
          .describe("How long the secrets before it go on signing; 0 after a leak."),
      })
      .prefault({}),
    answers: { 200: { description: "The new secret", schema: z.object({ secret }) } },
    errors: ["not_found", "conflict"],
    handle: async ({ params: { endpointId }, body: { signing, overlapSeconds } }, { orgId }) => {
      const made = await makeWebhookSecret(seal, orgId, signing);
      await webhookEndpoints.rotateSecret({ orgId, endpointId, secret: made.stored, overlapSeconds });
      return { status: 200, body: { secret: made.secret } };
    },
  }),

  defineEndpoint({
    method: "post",
    path: `${path}/:endpointId/disable`,
    operationId: "disableWebhookEndpoint",
    summary: "Send nothing there until it is enabled",
    description: "Deliveries are kept as `paused`, those of new messages too.",
    tag,
    params,
    answers: { 200: { description: "Disabled", schema: webhookEndpoint } },
    errors: ["not_found"],
    handle: async ({ params: { endpointId } }, { orgId }) => {
      const row = await webhookEndpoints.disable({ orgId, endpointId });
      return { status: 200, body: toWebhookEndpoint(row) };
    },
  }),

  defineEndpoint({
    method: "post",
    path: `${path}/:endpointId/enable`,
    operationId: "enableWebhookEndpoint",
    summary: "Send there again",
    description: "With a clean bill of health: what it failed before is forgotten.",
    tag,
    params,
    body: z
      .strictObject({
        paused: z.enum(["send", "cancel"]).default("send").describe("What becomes of the deliveries that waited."),
      })
      .prefault({}),
    answers: { 200: { description: "Enabled", schema: webhookEndpoint } },
    errors: ["not_found"],
    handle: async ({ params: { endpointId }, body: { paused } }, { orgId, log }) => {
      const row = await webhookEndpoints.enable({ orgId, endpointId, cancelWaiting: paused === "cancel" });
      await wakeEndpoints(enqueue, orgId, [endpointId], log);
      return { status: 200, body: toWebhookEndpoint(row) };
    },
  }),

  defineEndpoint({
    method: "post",
    path: `${path}/:endpointId/test`,
    operationId: "testWebhookEndpoint",
    summary: "Send it a test event",
    description: "A message of type `webhook.test`, whatever its filters say. Its deliveries tell how it went.",
    tag,
    params,
    answers: { 202: { description: "On its way", schema: webhookMessage } },
    errors: ["not_found", "endpoint_disabled"],
    handle: async ({ params: { endpointId } }, { orgId, log }) => {
      const endpoint = await webhookEndpoints.get({ orgId, endpointId });
      if (!endpoint) throw notFound("webhook endpoint");
      if (endpoint.state === "disabled") {
        throw new Problem("endpoint_disabled", "The endpoint is disabled: enable it first.");
      }
      const payload = { text: "Проверка связи. This is a test.", endpointId };
      const made = await webhookMessages.create({ orgId, eventType: "webhook.test", payload, endpointId });
      await wakeEndpoints(enqueue, orgId, made.endpointIds, log);
      return { status: 202, body: toWebhookMessage(made.message) };
    },
  }),
];
