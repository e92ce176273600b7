import { bodyKey, dedupeKeyOf } from "../dedupe-key.ts";
import { anyEqual, equalText } from "../equal.ts";
import { bodyOf, refused, textAt } from "../read-received.ts";
import type { VerifyScheme } from "../scheme.ts";

/**
 * The portal proves itself by `auth[application_token]`, which it gave at installation. Where we bind the events ourselves,
 * by OAuth, nobody is given it (`withoutToken`): what names the portal at an address that it alone knows is a hint, as from
 * Kommo. No time is checked: events may wait in the portal's queue, and the key knows them again.
 */
export const verifyBitrix24: VerifyScheme = (received, secrets, { memberId, withoutToken }) => {
  const body = bodyOf(received);
  const token = textAt(body, "auth", "application_token") ?? "";
  const matches = anyEqual([token], secrets.length > 0 ? secrets : ["no secret"]);
  const samePortal = memberId === undefined || equalText(textAt(body, "auth", "member_id") ?? "", memberId);
  const whole = bodyKey(received.rawBody);
  const isHint = withoutToken === true && memberId !== undefined;
  if (secrets.length === 0 && !isHint) return refused("misconfigured");
  if (body === undefined) return refused("malformed");
  if (!isHint && token === "") return refused("unsigned");
  if ((!isHint && !matches) || !samePortal) return refused("wrong");
  const dedupeKey = dedupeKeyOf(
    textAt(body, "event"),
    textAt(body, "data", "FIELDS", "ID"),
    textAt(body, "ts"),
    textAt(body, "event_handler_id"),
  );
  return { ok: true, trust: isHint ? "hint" : "secret", dedupeKey: dedupeKey ?? whole };
};
