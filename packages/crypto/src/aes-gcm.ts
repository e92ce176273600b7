import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, randomBytes } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { SealError } from "./seal-error.ts";

/**
 * AES-256-GCM (NIST SP 800-38D) with a random 96-bit IV and a 128-bit tag, under a subkey: key bytes are never used
 * directly. A random IV is good for 2^32 values under one key; a key here serves one organisation's credentials.
 * The tag is compared in constant time inside OpenSSL; nothing else that is compared is secret.
 */
const algorithm = "aes-256-gcm";
const ivBytes = 12;
const tagBytes = 16;

/** Domain separation: one secret, independent subkeys (HKDF-SHA256, RFC 5869). */
const subkey = (key: KeyObject, purpose: string, length: number): Buffer =>
  Buffer.from(hkdfSync("sha256", key, "gpt-agent/v1", purpose, length));

/** A key with its public name and the subkey that encrypts. Nothing of it is printable but the id. */
export interface CipherKey {
  /** 16 hexadecimal digits that follow from the key; safe to store and to log. */
  readonly id: string;
  readonly encryption: KeyObject;
}

/** @param purpose separates the keys that wrap keys from the keys that seal values */
export const makeCipherKey = (bytes: Uint8Array, purpose: "wrap" | "seal"): CipherKey => {
  const key = createSecretKey(bytes);
  return {
    id: subkey(key, `${purpose} id`, 8).toString("hex"),
    encryption: createSecretKey(subkey(key, purpose, 32)),
  };
};

/** Unambiguous: the parts cannot run into one another. */
const associatedData = (parts: readonly string[]): Buffer => Buffer.from(JSON.stringify(parts), "utf8");

/** `<iv>.<ciphertext and tag>`, both base64url without padding. */
export const encrypt = (key: CipherKey, plaintext: Uint8Array, bound: readonly string[]): string => {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv(algorithm, key.encryption, iv, { authTagLength: tagBytes });
  cipher.setAAD(associatedData(bound));
  const body = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  return `${iv.toString("base64url")}.${body.toString("base64url")}`;
};

const fromBase64url = (text: string): Buffer | undefined => {
  const bytes = Buffer.from(text, "base64url");
  // Decoding is lenient; a second spelling of the same bytes is refused, so that every changed character is.
  return bytes.toString("base64url") === text ? bytes : undefined;
};

/** @throws {SealError} `not_sealed` where the shape is wrong, `refused` where key, binding or bytes do not fit */
export const decrypt = (key: CipherKey, ivText: string, bodyText: string, bound: readonly string[]): Buffer => {
  const iv = fromBase64url(ivText);
  const body = fromBase64url(bodyText);
  if (iv?.length !== ivBytes || body === undefined || body.length < tagBytes) {
    throw new SealError("not_sealed", "The value is cut short or is no sealed value.");
  }
  const decipher = createDecipheriv(algorithm, key.encryption, iv, { authTagLength: tagBytes });
  decipher.setAAD(associatedData(bound));
  decipher.setAuthTag(body.subarray(-tagBytes));
  try {
    return Buffer.concat([decipher.update(body.subarray(0, -tagBytes)), decipher.final()]);
  } catch {
    throw new SealError(
      "refused",
      "The value is damaged, or was sealed for another organisation, table, row or column.",
    );
  }
};
