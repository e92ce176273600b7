import { bodyKey, dedupeKeyOf } from "../dedupe-key.ts";
import { hmacMatches } from "../equal.ts";
import { headerOf, refused } from "../read-received.ts";
import type { VerifyScheme } from "../scheme.ts";

/**
 * `X-Shopify-Hmac-SHA256`: base64 over the body. After a new secret the old one may sign for another hour. One event
 * may reach several topics, so the topic belongs to its key; neither is signed.
 * https://shopify.dev/docs/apps/build/webhooks/subscribe/https
 */
export const verifyShopify: VerifyScheme = (received, secrets) => {
  const signature = headerOf(received, "x-shopify-hmac-sha256") ?? "";
  const signatures = signature === "" ? [] : [signature];
  const matches = hmacMatches({
    algorithm: "sha256",
    keys: secrets,
    message: [received.rawBody],
    signatures,
    encoding: "base64",
  });
  if (secrets.length === 0) return refused("misconfigured");
  if (signatures.length === 0) return refused("unsigned");
  if (!matches) return refused("wrong");
  const dedupeKey =
    dedupeKeyOf(headerOf(received, "x-shopify-topic"), headerOf(received, "x-shopify-event-id")) ??
    dedupeKeyOf(headerOf(received, "x-shopify-webhook-id")) ??
    bodyKey(received.rawBody);
  return { ok: true, trust: "signed", dedupeKey };
};
