import { bodyKey, dedupeKeyOf } from "../dedupe-key.ts";
import { anyEqual } from "../equal.ts";
import { bodyOf, headerOf, refused, textAt } from "../read-received.ts";
import type { VerifyScheme } from "../scheme.ts";

/** HTTP Basic (RFC 7617), nothing signed; a secret is `user:password`. https://pipedrive.readme.io/docs/guide-for-webhooks-v2 */
export const verifyPipedrive: VerifyScheme = (received, secrets) => {
  const [, credentials = ""] = /^basic +([A-Za-z0-9+/=]+)$/i.exec(headerOf(received, "authorization") ?? "") ?? [];
  const expected = secrets.map((secret) => Buffer.from(secret).toString("base64"));
  const matches = anyEqual([credentials], expected.length > 0 ? expected : ["no secret"]);
  const whole = bodyKey(received.rawBody);
  if (secrets.length === 0) return refused("misconfigured");
  if (credentials === "") return refused("unsigned");
  if (!matches) return refused("wrong");
  const body = bodyOf(received);
  const meta = (name: string): string | undefined => textAt(body, "meta", name);
  const dedupeKey = dedupeKeyOf(
    meta("webhook_id"),
    meta("entity") ?? meta("object"),
    meta("entity_id") ?? meta("id"),
    meta("action"),
    meta("timestamp_micro") ?? meta("timestamp"),
  );
  return { ok: true, trust: "secret", dedupeKey: dedupeKey ?? whole };
};
