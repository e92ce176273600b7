import { bodyKey } from "../dedupe-key.ts";
import { equalText } from "../equal.ts";
import { bodyOf, refused, textAt } from "../read-received.ts";
import type { VerifyScheme } from "../scheme.ts";

/**
 * CRM hooks of Kommo and amoCRM are not signed. Whoever knows the address with its token may send them; they are a hint
 * that something changed, and the account must be ours. The body has the time of the change: its hash is the key.
 */
export const verifyKommo: VerifyScheme = (received, _secrets, { account }) => {
  const dedupeKey = bodyKey(received.rawBody);
  const expected = [
    [account?.id, "id"],
    [account?.subdomain, "subdomain"],
  ] as const;
  if (expected.every(([value]) => value === undefined)) return refused("misconfigured");
  const body = bodyOf(received);
  if (body === undefined) return refused("malformed");
  if (textAt(body, "account", "id") === undefined && textAt(body, "account", "subdomain") === undefined) {
    return refused("unsigned");
  }
  const ours = expected.every(
    ([value, name]) => value === undefined || equalText(textAt(body, "account", name) ?? "", value),
  );
  return ours ? { ok: true, trust: "hint", dedupeKey } : refused("wrong");
};
