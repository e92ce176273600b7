import { bodyKey, dedupeKeyOf } from "../dedupe-key.ts";
import { hmacMatches } from "../equal.ts";
import { bodyOf, headerOf, isFresh, refused, textAt, timeOf } from "../read-received.ts";
import type { VerifyScheme } from "../scheme.ts";

/**
 * `X-Slack-Signature: v0=…` over `v0:timestamp:body`. The challenge of `url_verification` is signed like everything.
 * https://docs.slack.dev/authentication/verifying-requests-from-slack
 */
export const verifySlack: VerifyScheme = (received, secrets, options) => {
  const header = headerOf(received, "x-slack-signature") ?? "";
  const timestamp = headerOf(received, "x-slack-request-timestamp");
  const signatures = header.startsWith("v0=") ? [header.slice("v0=".length)] : [];
  const matches = hmacMatches({
    algorithm: "sha256",
    keys: secrets,
    message: [`v0:${timestamp ?? ""}:`, received.rawBody],
    signatures,
    encoding: "hex",
  });
  const sentAtMs = timeOf(timestamp, "s");
  if (secrets.length === 0) return refused("misconfigured");
  if (signatures.length === 0 || sentAtMs === undefined) return refused("unsigned");
  if (!matches) return refused("wrong");
  if (!isFresh(sentAtMs, received, options)) return refused("stale");
  const body = bodyOf(received);
  const dedupeKey = dedupeKeyOf(textAt(body, "event_id")) ?? bodyKey(received.rawBody);
  const challenge = textAt(body, "type") === "url_verification" ? textAt(body, "challenge") : undefined;
  if (challenge === undefined) return { ok: true, trust: "signed", dedupeKey, sentAtMs };
  const answer = { contentType: "text/plain; charset=utf-8", body: challenge };
  return { ok: true, trust: "signed", dedupeKey, sentAtMs, answer, handshake: true };
};
