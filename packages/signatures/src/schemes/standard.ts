import { verify as verifySignature, type KeyObject } from "node:crypto";
import { dedupeKeyOf, bodyKey } from "../dedupe-key.ts";
import { hmacMatches } from "../equal.ts";
import { headerOf, isFresh, refused, timeOf } from "../read-received.ts";
import type { ReceivedWebhook, VerifyScheme } from "../scheme.ts";
import { parseStandardKey } from "../standard-keys.ts";

const maxSignatures = 16;

/** What stands in the list under one version: `v1,aaa v1,bbb v1a,ccc`. */
const signaturesOf = (list: string, version: "v1" | "v1a"): readonly string[] =>
  list
    .split(" ", maxSignatures)
    .flatMap((entry) => (entry.startsWith(`${version},`) ? [entry.slice(version.length + 1)] : []));

const ed25519Matches = (keys: readonly KeyObject[], message: Buffer, signatures: readonly string[]): boolean => {
  let found = false;
  for (const key of keys) {
    for (const signature of signatures) {
      const bytes = Buffer.from(signature, "base64");
      const fits = bytes.length === 64 && bytes.toString("base64") === signature;
      found = (fits && verifySignature(null, message, key, bytes)) || found;
    }
  }
  return found;
};

const verifyWith =
  (headersOf: (received: ReceivedWebhook) => readonly [id?: string, timestamp?: string, list?: string]): VerifyScheme =>
  (received, secrets, options) => {
    const [id, timestamp, list = ""] = headersOf(received);
    const keys = secrets.flatMap((secret) => parseStandardKey(secret) ?? []);
    const start = `${id ?? ""}.${timestamp ?? ""}.`;
    const shared = hmacMatches({
      algorithm: "sha256",
      keys: keys.flatMap((key) => (key.kind === "shared" ? [key.key] : [])),
      message: [start, received.rawBody],
      signatures: signaturesOf(list, "v1"),
      encoding: "base64",
    });
    const asymmetric = keys.flatMap((key) => (key.kind === "shared" ? [] : [key.key]));
    const signed =
      asymmetric.length > 0 &&
      ed25519Matches(asymmetric, Buffer.concat([Buffer.from(start), received.rawBody]), signaturesOf(list, "v1a"));
    const sentAtMs = timeOf(timestamp, "s");
    if (keys.length === 0) return refused("misconfigured");
    if (id === undefined || id === "" || sentAtMs === undefined || list === "") return refused("unsigned");
    if (!shared && !signed) return refused("wrong");
    if (!isFresh(sentAtMs, received, options)) return refused("stale");
    return { ok: true, trust: "signed", dedupeKey: dedupeKeyOf(id) ?? bodyKey(received.rawBody), sentAtMs };
  };

const prefixed = (received: ReceivedWebhook, prefix: "webhook" | "svix") =>
  [
    headerOf(received, `${prefix}-id`),
    headerOf(received, `${prefix}-timestamp`),
    headerOf(received, `${prefix}-signature`),
  ] as const;

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
export const verifyStandard = verifyWith((received) => prefixed(received, "webhook"));

/** The same, which Svix sends under names of its own, or of the standard. */
export const verifySvix = verifyWith((received) =>
  prefixed(received, headerOf(received, "svix-id") === undefined ? "webhook" : "svix"),
);
