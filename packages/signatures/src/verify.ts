import { bodyKey } from "./dedupe-key.ts";
import { hmacMatches } from "./equal.ts";
import { refused } from "./read-received.ts";
import type { ReceivedWebhook, RefusedWebhook, Scheme, SchemeOptions, VerifyResult, VerifyScheme } from "./scheme.ts";
import { verifyAmocrmChats } from "./schemes/amocrm-chats.ts";
import { verifyBitrix24 } from "./schemes/bitrix24.ts";
import { verifyGithub } from "./schemes/github.ts";
import { verifyHmac } from "./schemes/hmac.ts";
import { verifyHubspot } from "./schemes/hubspot.ts";
import { verifyKommo } from "./schemes/kommo.ts";
import { verifyPipedrive } from "./schemes/pipedrive.ts";
import { verifyShopify } from "./schemes/shopify.ts";
import { verifySlack } from "./schemes/slack.ts";
import { verifyStandard, verifySvix } from "./schemes/standard.ts";
import { verifyStripe } from "./schemes/stripe.ts";
import { verifyTbank } from "./schemes/tbank.ts";
import { verifyTelegram } from "./schemes/telegram.ts";
import { verifyYookassa } from "./schemes/yookassa.ts";

const table: Readonly<Record<Scheme, VerifyScheme>> = {
  standard: verifyStandard,
  svix: verifySvix,
  stripe: verifyStripe,
  github: verifyGithub,
  slack: verifySlack,
  hubspot: verifyHubspot,
  shopify: verifyShopify,
  kommo: verifyKommo,
  "amocrm-chats": verifyAmocrmChats,
  bitrix24: verifyBitrix24,
  pipedrive: verifyPipedrive,
  telegram: verifyTelegram,
  yookassa: verifyYookassa,
  tbank: verifyTbank,
  hmac: verifyHmac,
};

/**
 * Whether a request comes from who it says it comes from, judged over the bytes as they arrived. Never throws for what a
 * sender can send.
 * @param secrets all that may be in use, during a rotation several; `kommo` and `yookassa` have none
 */
export const verifyWebhook = (
  scheme: Scheme,
  received: ReceivedWebhook,
  secrets: readonly string[],
  options: SchemeOptions = {},
): VerifyResult => table[scheme](received, secrets, options);

/** For a token that no source has: as much work as a source's own verification, so that the time tells nothing. */
export const refuseUnknown = (received: ReceivedWebhook): RefusedWebhook => {
  bodyKey(received.rawBody);
  hmacMatches({ algorithm: "sha256", keys: [], message: [received.rawBody], signatures: [], encoding: "hex" });
  return refused("wrong");
};
