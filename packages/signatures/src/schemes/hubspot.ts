import { bodyKey, dedupeKeyOf } from "../dedupe-key.ts";
import { hmacMatches } from "../equal.ts";
import { bodyOf, headerOf, isFresh, refused, textAt, timeOf } from "../read-received.ts";
import type { VerifyScheme } from "../scheme.ts";

/** HubSpot signs the address with these decoded and everything else as it was sent. */
const decoded: Readonly<Record<string, string>> = {
  "%3a": ":",
  "%2f": "/",
  "%3f": "?",
  "%40": "@",
  "%21": "!",
  "%24": "$",
  "%27": "'",
  "%28": "(",
  "%29": ")",
  "%2a": "*",
  "%2c": ",",
  "%3b": ";",
};

export const hubspotUri = (url: string): string =>
  url.replace(/%[0-9a-f]{2}/gi, (escape) => decoded[escape.toLowerCase()] ?? escape);

/** A retry repeats its events with another attemptNumber, maybe in other company: each is known by what stays. */
const eventKey = (event: unknown): string | undefined => {
  const named = ["eventId", "subscriptionId", "occurredAt"].map((name) => textAt(event, name));
  if (named.includes(undefined)) return undefined;
  return JSON.stringify([...named, textAt(event, "objectId"), textAt(event, "propertyName")]);
};

const batchKey = (body: unknown): string | undefined => {
  if (!Array.isArray(body) || body.length === 0) return undefined;
  const keys = body.flatMap((event) => eventKey(event) ?? []);
  if (keys.length !== body.length) return undefined;
  return dedupeKeyOf(keys.toSorted((a, b) => (a < b ? -1 : 1)).join("\n"));
};

/**
 * `X-HubSpot-Signature-v3`: base64 over method, address, body and the time in milliseconds; the key is the app's
 * client secret. https://developers.hubspot.com/docs/api/webhooks/validating-requests
 */
export const verifyHubspot: VerifyScheme = (received, secrets, options) => {
  const signature = headerOf(received, "x-hubspot-signature-v3");
  const timestamp = headerOf(received, "x-hubspot-request-timestamp");
  const signatures = signature === undefined || signature === "" ? [] : [signature];
  const matches = hmacMatches({
    algorithm: "sha256",
    keys: secrets,
    message: [received.method, hubspotUri(received.url), received.rawBody, timestamp ?? ""],
    signatures,
    encoding: "base64",
  });
  const sentAtMs = timeOf(timestamp, "ms");
  if (secrets.length === 0) return refused("misconfigured");
  if (signatures.length === 0 || sentAtMs === undefined) return refused("unsigned");
  if (!matches) return refused("wrong");
  if (!isFresh(sentAtMs, received, options)) return refused("stale");
  return { ok: true, trust: "signed", dedupeKey: batchKey(bodyOf(received)) ?? bodyKey(received.rawBody), sentAtMs };
};
