import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from "node:crypto";

/** Does not tell by its time where two texts differ; their lengths are no secret. */
export const equalText = (given: string, expected: string): boolean => {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  if (a.length === b.length) return timingSafeEqual(a, b);
  timingSafeEqual(b, b);
  return false;
};

/** Whether any given text is any expected one. Every pair is compared: neither a hit nor a miss ends it early. */
export const anyEqual = (given: readonly string[], expected: readonly string[]): boolean => {
  let found = false;
  for (const one of given) for (const other of expected) found = equalText(one, other) || found;
  return found;
};

export type HmacAlgorithm = "sha1" | "sha256" | "sha384" | "sha512";
export type MacEncoding = "hex" | "base64" | "base64url";

export const hmac = (
  algorithm: HmacAlgorithm,
  key: string | Buffer | KeyObject,
  message: readonly (string | Buffer)[],
  encoding: MacEncoding,
): string => {
  // Bytes as a key object: three times as fast as the same bytes in a buffer.
  const mac = createHmac(algorithm, Buffer.isBuffer(key) ? createSecretKey(key) : key);
  for (const part of message) mac.update(part);
  return mac.digest(encoding);
};

/** No sender needs more; without a bound, one request could have us compare for minutes. */
const maxSignatures = 16;
// Who has no secret, or sends no signature, costs as much as who has and does.
const noKeys = ["no secret"];
const noSignatures = [""];

/** Whether one of the signatures is the message's under one of the keys. Takes as long when nothing can fit. */
export const hmacMatches = (check: {
  readonly algorithm: HmacAlgorithm;
  readonly keys: readonly (string | Buffer | KeyObject)[];
  readonly message: readonly (string | Buffer)[];
  readonly signatures: readonly string[];
  readonly encoding: MacEncoding;
}): boolean => {
  const keys = check.keys.length > 0 ? check.keys : noKeys;
  const signatures = check.signatures.length > 0 ? check.signatures.slice(0, maxSignatures) : noSignatures;
  const expected = keys.map((key) => hmac(check.algorithm, key, check.message, check.encoding));
  return anyEqual(signatures, expected) && check.keys.length > 0 && check.signatures.length > 0;
};
