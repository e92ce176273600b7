import { bodyKey, dedupeKeyOf } from "../dedupe-key.ts";
import { hmacMatches } from "../equal.ts";
import { bodyOf, headerOf, refused, textAt } from "../read-received.ts";
import type { VerifyScheme } from "../scheme.ts";

/**
 * `X-Signature`: HMAC-SHA1 over the body, the key is the channel's secret; sent once, never again. Version 2 has the
 * message's id; typing and reactions have none. https://developers.kommo.com/reference/receiving-chat-webhooks
 */
export const verifyAmocrmChats: VerifyScheme = (received, secrets) => {
  const signature = (headerOf(received, "x-signature") ?? "").toLowerCase();
  const signatures = signature === "" ? [] : [signature];
  const matches = hmacMatches({
    algorithm: "sha1",
    keys: secrets,
    message: [received.rawBody],
    signatures,
    encoding: "hex",
  });
  if (secrets.length === 0) return refused("misconfigured");
  if (signatures.length === 0) return refused("unsigned");
  if (!matches) return refused("wrong");
  const dedupeKey = dedupeKeyOf(textAt(bodyOf(received), "message", "message", "id")) ?? bodyKey(received.rawBody);
  return { ok: true, trust: "signed", dedupeKey };
};
