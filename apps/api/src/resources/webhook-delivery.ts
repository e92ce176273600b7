import { errorCodes } from "@gpt-agent/jobs/error-codes";
import { z } from "zod";
import type { WebhookAttemptRow, WebhookDeliveryRow } from "../ports.ts";
import { id } from "./id.ts";

export const webhookDeliveryState = z.enum([
  "pending",
  "sending",
  "delivered",
  "retry_wait",
  "paused",
  "exhausted",
  "cancelled",
]);

const failure = z.object({ code: z.string(), message: z.string() }).nullable();

export const webhookDelivery = z
  .object({
    id,
    messageId: id,
    endpointId: id,
    eventType: z.string(),
    state: webhookDeliveryState.describe("paused: its endpoint is disabled. exhausted: ten attempts failed."),
    attemptsMade: z.int(),
    nextAttemptAt: z.string().nullable(),
    lastStatus: z.int().nullable().describe("HTTP status of the last answer."),
    error: failure,
    deliveredAt: z.string().nullable(),
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .meta({ id: "WebhookDelivery" });

const attempt = z.object({
  number: z.int(),
  startedAt: z.string(),
  ms: z.int(),
  status: z.int().nullable(),
  error: failure,
  response: z
    .object({
      headers: z.record(z.string(), z.string()),
      body: z.string().describe("At most 64 KiB, without what looks like a credential."),
      truncated: z.boolean(),
    })
    .nullable(),
});

export const webhookDeliveryWithAttempts = webhookDelivery
  .extend({ attempts: z.array(attempt).describe("Newest first, the latest 100; kept for 30 days.") })
  .meta({ id: "WebhookDeliveryWithAttempts" });

const toFailure = (code: WebhookDeliveryRow["lastErrorCode"]): z.output<typeof failure> =>
  code === null ? null : { code, message: errorCodes[code] };

export const toWebhookDelivery = (row: WebhookDeliveryRow): z.output<typeof webhookDelivery> => ({
  id: row.id,
  messageId: row.messageId,
  endpointId: row.endpointId,
  eventType: row.eventType,
  state: row.state,
  attemptsMade: row.attemptsMade,
  nextAttemptAt: row.nextAt,
  lastStatus: row.lastStatus,
  error: toFailure(row.lastErrorCode),
  deliveredAt: row.deliveredAt,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
});

export const toAttempt = (row: WebhookAttemptRow): z.output<typeof attempt> => ({
  number: row.number,
  startedAt: row.startedAt,
  ms: row.ms,
  status: row.status,
  error: toFailure(row.errorCode),
  response:
    row.status === null
      ? null
      : { headers: row.responseHeaders ?? {}, body: row.responseBody ?? "", truncated: row.responseTruncated },
});
