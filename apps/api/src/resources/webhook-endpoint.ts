import { isSendableHeader } from "@gpt-agent/http/request-headers";
import { z } from "zod";
import type { WebhookEndpointRow } from "../ports.ts";
import { id } from "./id.ts";

/** Ours on every delivery, or a way to pretend that the request came from elsewhere. */
const reservedHeader = /^(webhook-|svix-|x-forwarded-)|^(forwarded|via|content-type|user-agent|accept-encoding)$/i;
const maxHeaders = 20;
const maxHeaderValue = 1_000;

const url = z
  .string()
  .max(2_000)
  .refine((text) => {
    const parsed = URL.canParse(text) ? new URL(text) : undefined;
    return parsed !== undefined && /^https?:$/.test(parsed.protocol) && parsed.username + parsed.password === "";
  }, "must be an http or https address without a name and password in it")
  .describe("Where deliveries are posted. It must be reachable from the internet; redirects are failures.");

export const eventType = z
  .string()
  .regex(/^[A-Za-z0-9_.:-]{1,200}$/, "use letters, digits, and _ . : -")
  .describe("Such as `order.created`.");

const eventTypes = z
  .array(z.string().regex(/^[A-Za-z0-9_.:*-]{1,200}$/, "use letters, digits, and _ . : - with * for any characters"))
  .min(1)
  .max(100)
  .describe("Which events are sent here: names or globs such as `order.*`.");

const headers = z
  .record(z.string().min(1).max(100), z.string().max(maxHeaderValue))
  .refine((given) => Object.keys(given).length <= maxHeaders, `at most ${maxHeaders} headers`)
  .superRefine((given, { addIssue }) => {
    for (const [name, value] of Object.entries(given)) {
      if (reservedHeader.test(name) || !isSendableHeader(name, value)) {
        addIssue({ code: "custom", path: [name], message: "this header is ours to set, or is not well-formed" });
      }
    }
  })
  .describe("Sent with every delivery; stored encrypted and never shown again.");

const settings = {
  url,
  description: z.string().max(500),
  eventTypes,
  ordered: z.boolean().describe("One delivery at a time, in the order of creation; one that fails holds the rest."),
  concurrency: z.int().min(1).max(50).describe("Deliveries on their way at once."),
  ratePerSecond: z
    .int()
    .min(1)
    .max(1_000)
    .nullable()
    .describe("Deliveries that may start in a second; null: no limit."),
  headers,
};

export const signing = z
  .enum(["hmac", "ed25519"])
  .default("hmac")
  .describe("hmac: both sides have the secret (v1). ed25519: you get the public key alone (v1a).");

export const newWebhookEndpoint = z.strictObject({
  ...settings,
  description: settings.description.default(""),
  eventTypes: settings.eventTypes.default(["*"]),
  ordered: settings.ordered.default(false),
  concurrency: settings.concurrency.default(10),
  ratePerSecond: settings.ratePerSecond.default(null),
  headers: settings.headers.default({}),
  signing,
});

export const webhookEndpointChanges = z
  .strictObject(settings)
  .partial()
  .refine((changes) => Object.keys(changes).length > 0, "name at least one field to change");

export const webhookEndpoint = z
  .object({
    id,
    url: z.string(),
    description: z.string(),
    eventTypes: z.array(z.string()),
    ordered: z.boolean(),
    concurrency: z.int(),
    ratePerSecond: z.int().nullable(),
    headerNames: z.array(z.string()),
    state: z.enum(["enabled", "disabled"]),
    disabledReason: z
      .enum(["manual", "gone", "failing"])
      .nullable()
      .describe("gone: it answered 410. failing: nothing arrived for five days; it is tried again from time to time."),
    disabledAt: z.string().nullable(),
    failingSince: z.string().nullable().describe("The first failure after the last success."),
    heldUntil: z
      .string()
      .nullable()
      .describe("Nothing is sent until then: too many failures in a row, or it asked for time."),
    lastSuccessAt: z.string().nullable(),
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .meta({ id: "WebhookEndpoint" });

export const secret = z
  .string()
  .describe(
    "Shown this once; what verifies deliveries after Standard Webhooks: `whsec_…` of hmac, the public key `whpk_…` of ed25519.",
  );

export const webhookEndpointWithSecret = webhookEndpoint.extend({ secret }).meta({ id: "WebhookEndpointWithSecret" });

export const toWebhookEndpoint = ({ orgId: _orgId, ...row }: WebhookEndpointRow): z.output<typeof webhookEndpoint> => ({
  ...row,
  eventTypes: [...row.eventTypes],
  headerNames: [...row.headerNames],
  // A time that has passed holds nothing any more.
  heldUntil: row.heldUntil !== null && Date.parse(row.heldUntil) > Date.now() ? row.heldUntil : null,
});
