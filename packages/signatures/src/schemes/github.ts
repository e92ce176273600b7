import { bodyKey, dedupeKeyOf } from "../dedupe-key.ts";
import { hmacMatches } from "../equal.ts";
import { headerOf, refused } from "../read-received.ts";
import type { VerifyScheme } from "../scheme.ts";

/**
 * `X-Hub-Signature-256: sha256=…` over the body. Neither a time nor the delivery's id is signed: who has one request can
 * repeat it under another id, and only the body's content can tell.
 * https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 */
export const verifyGithub: VerifyScheme = (received, secrets) => {
  const header = headerOf(received, "x-hub-signature-256") ?? "";
  const signatures = header.startsWith("sha256=") ? [header.slice("sha256=".length)] : [];
  const matches = hmacMatches({
    algorithm: "sha256",
    keys: secrets,
    message: [received.rawBody],
    signatures,
    encoding: "hex",
  });
  if (secrets.length === 0) return refused("misconfigured");
  if (signatures.length === 0) return refused("unsigned");
  if (!matches) return refused("wrong");
  const dedupeKey = dedupeKeyOf(headerOf(received, "x-github-delivery")) ?? bodyKey(received.rawBody);
  return { ok: true, trust: "signed", dedupeKey };
};
