import { createHash } from "node:crypto";
import { parseBody } from "@gpt-agent/signatures/parse-body";
import type { ReceivedWebhook, Scheme, VerifiedWebhook } from "@gpt-agent/signatures/scheme";
import type { NewInboundEvent } from "@gpt-agent/supabase/inbound-events";
import { describe } from "./describe.ts";
import type { ActiveSource } from "./source-cache.ts";

/** Headers worth keeping: what the message is. Proofs, secrets, cookies and addresses are not among them. */
const kept =
  /^(content-type|user-agent|(webhook|svix)-(id|timestamp)|x-github-(event|delivery|hook-id)|x-shopify-(topic|shop-domain|event-id|webhook-id|api-version|triggered-at)|x-slack-(request-timestamp|retry-num|retry-reason)|x-hubspot-request-timestamp)$/;

/** A verified message as rows for the ledger: one, or one for each event of a request that carries several. */
export const toEvents = (
  source: ActiveSource,
  received: ReceivedWebhook,
  { dedupeKey, trust }: VerifiedWebhook,
  contentType: string,
): readonly NewInboundEvent[] => {
  const parsed = parseBody(contentType, received.rawBody);
  // Signed by the sender and yet unreadable: kept all the same, for a person to look at.
  const body = parsed.ok ? parsed.value : undefined;
  const headers = keptHeaders(received.headers);
  const toEvent = (body: unknown, key: string, raw: Buffer): NewInboundEvent => ({
    orgId: source.orgId,
    sourceId: source.id,
    ...describe(source.scheme, body, received.headers, source.laneBy),
    dedupeKey: key,
    trust,
    contentType: contentType.slice(0, 200),
    headers,
    raw: raw.toString("base64"),
  });

  if (source.scheme === "hubspot" && Array.isArray(body) && body.length > 0) {
    return body.map((item: unknown) => toEvent([item], itemKey(item), Buffer.from(JSON.stringify([item]))));
  }
  return [toEvent(body, dedupeKey, withoutSecrets(source.scheme, body, received.rawBody))];
};

/** HubSpot sends up to a hundred events at once, and repeats them with another `attemptNumber`, maybe in other company. */
const itemKey = (item: unknown): string => {
  const { attemptNumber: _attempt, ...event } = Object(item) as Readonly<Record<string, unknown>>;
  const named = Object.entries(event).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `item:${createHash("sha256").update(JSON.stringify(named)).digest("hex")}`;
};

const keptHeaders = (headers: ReceivedWebhook["headers"]): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      typeof value === "string" && kept.test(name) ? [[name, value.slice(0, 500)]] : [],
    ),
  );

/** Where senders put secrets into the body itself. */
const secretPlaces: Readonly<Partial<Record<Scheme, readonly (readonly [string, ...string[]])[]>>> = {
  bitrix24: [
    ["auth", "application_token"],
    ["auth", "access_token"],
    ["auth", "refresh_token"],
  ],
  slack: [["token"]],
};

/** The body with such secrets overwritten, length for length, so that nothing else of it changes. */
const withoutSecrets = (scheme: Scheme, body: unknown, raw: Buffer): Buffer => {
  const secrets = (secretPlaces[scheme] ?? []).flatMap((path) => {
    let here: unknown = body;
    for (const step of path) here = typeof here === "object" && here !== null ? Reflect.get(here, step) : undefined;
    return typeof here === "string" && here.length >= 8 ? [here, encodeURIComponent(here)] : [];
  });
  if (secrets.length === 0) return raw;
  let text = raw.toString("latin1");
  for (const secret of secrets) text = text.replaceAll(secret, "x".repeat(secret.length));
  return Buffer.from(text, "latin1");
};
