import { z } from "zod";
import type { WebhookMessageRow } from "../ports.ts";
import { id } from "./id.ts";
import { jsonObject } from "./text.ts";
import { eventType } from "./webhook-endpoint.ts";

const maxPayloadBytes = 256 * 1024;

export const newWebhookMessage = z.strictObject({
  eventType: eventType.refine((type) => !/^(endpoint|webhook)\./.test(type), "endpoint.* and webhook.* are our own"),
  payload: jsonObject(maxPayloadBytes).describe("Becomes `data` of the delivered body."),
});

export const webhookMessage = z
  .object({
    id: id.describe("Also the header `webhook-id` of its deliveries: the same on every attempt."),
    eventType: z.string(),
    payload: z.json(),
    createdAt: z.string(),
  })
  .meta({ id: "WebhookMessage" });

export const toWebhookMessage = ({
  id,
  eventType,
  payload,
  createdAt,
}: WebhookMessageRow): z.output<typeof webhookMessage> => ({ id, eventType, payload, createdAt });
