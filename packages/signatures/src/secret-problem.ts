import type { Scheme, SchemeOptions } from "./scheme.ts";
import { hmacKey, hmacOptionsProblem } from "./schemes/hmac.ts";
import { parseStandardKey } from "./standard-keys.ts";

/** Schemes whose sender signs nothing and knows no secret. */
export const takesSecrets = (scheme: Scheme): boolean => scheme !== "kommo" && scheme !== "yookassa";

/**
 * Why a secret will never verify anything under a scheme, for the person who enters it; undefined where it may.
 * The sentence does not contain the secret.
 */
export const secretProblem = (scheme: Scheme, secret: string, options: SchemeOptions = {}): string | undefined => {
  if (!takesSecrets(scheme)) return "This scheme has no secret: leave it out.";
  if (secret === "") return "The secret is empty.";
  if (scheme === "standard" || scheme === "svix") {
    if (secret.startsWith("whsk_")) return "This is the sender's private key (whsk_…). Enter the public one, whpk_….";
    return parseStandardKey(secret) === undefined ? "Expected whsec_… or whpk_… followed by base64." : undefined;
  }
  if (scheme === "pipedrive") {
    return /^[^:]+:.+$/s.test(secret) ? undefined : "Expected user:password, as the webhook was created with.";
  }
  if (scheme === "telegram") {
    return /^[\w-]{1,256}$/.test(secret) ? undefined : "Telegram takes 1 to 256 letters, digits, _ and -.";
  }
  if (scheme === "hmac") {
    const encoding = options.hmac?.secretEncoding ?? "utf8";
    return hmacKey(secret, encoding) === undefined ? `The secret is not ${encoding}.` : undefined;
  }
  return undefined;
};

/** Why a source's options do not do for its scheme; undefined where they do. */
export const optionsProblem = (scheme: Scheme, options: SchemeOptions): string | undefined => {
  if (scheme === "kommo" && options.account?.id === undefined && options.account?.subdomain === undefined) {
    return "Kommo's hooks are not signed: name the account's id or subdomain.";
  }
  if (scheme !== "hmac") return undefined;
  return options.hmac === undefined ? "Say what is signed and how: hmac." : hmacOptionsProblem(options.hmac);
};
