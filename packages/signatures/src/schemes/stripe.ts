import { bodyKey, dedupeKeyOf } from "../dedupe-key.ts";
import { hmacMatches } from "../equal.ts";
import { bodyOf, headerOf, isFresh, refused, textAt, timeOf } from "../read-received.ts";
import type { VerifyScheme } from "../scheme.ts";

/** `Stripe-Signature: t=…,v1=…,v1=…` over `t.body`; the secret's text is the key. https://docs.stripe.com/webhooks/signature */
export const verifyStripe: VerifyScheme = (received, secrets, options) => {
  const entries = (headerOf(received, "stripe-signature") ?? "").split(",", 32);
  const valuesOf = (name: string): readonly string[] =>
    entries.flatMap((entry) => (entry.trim().startsWith(`${name}=`) ? [entry.trim().slice(name.length + 1)] : []));
  const [timestamp, ...further] = valuesOf("t");
  const signatures = valuesOf("v1");
  const matches = hmacMatches({
    algorithm: "sha256",
    keys: secrets,
    message: [`${timestamp ?? ""}.`, received.rawBody],
    signatures,
    encoding: "hex",
  });
  const sentAtMs = timeOf(timestamp, "s");
  if (secrets.length === 0) return refused("misconfigured");
  if (sentAtMs === undefined || further.length > 0 || signatures.length === 0) return refused("unsigned");
  if (!matches) return refused("wrong");
  if (!isFresh(sentAtMs, received, options)) return refused("stale");
  const dedupeKey = dedupeKeyOf(textAt(bodyOf(received), "id")) ?? bodyKey(received.rawBody);
  return { ok: true, trust: "signed", dedupeKey, sentAtMs };
};
