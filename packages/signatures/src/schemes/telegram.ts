import { bodyKey, dedupeKeyOf } from "../dedupe-key.ts";
import { anyEqual } from "../equal.ts";
import { bodyOf, headerOf, refused, textAt } from "../read-received.ts";
import type { VerifyScheme } from "../scheme.ts";

/** `X-Telegram-Bot-Api-Secret-Token`, as given to setWebhook. https://core.telegram.org/bots/api#setwebhook */
export const verifyTelegram: VerifyScheme = (received, secrets) => {
  const token = headerOf(received, "x-telegram-bot-api-secret-token") ?? "";
  const matches = anyEqual([token], secrets.length > 0 ? secrets : ["no secret"]);
  const whole = bodyKey(received.rawBody);
  if (secrets.length === 0) return refused("misconfigured");
  if (token === "") return refused("unsigned");
  if (!matches) return refused("wrong");
  return { ok: true, trust: "secret", dedupeKey: dedupeKeyOf(textAt(bodyOf(received), "update_id")) ?? whole };
};
