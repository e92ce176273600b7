import { sign } from "node:crypto";
import { hmac } from "./equal.ts";
import { parseStandardKey, type StandardKey } from "./standard-keys.ts";

export interface StandardMessage {
  /** The message's id, the same for every attempt: receivers know a repetition by it. No dot, no blank. */
  readonly id: string;
  /** Of this attempt. */
  readonly sentAtMs: number;
  /** Exactly the bytes that are sent. */
  readonly body: string | Buffer;
}

export interface StandardHeaders {
  readonly "webhook-id": string;
  readonly "webhook-timestamp": string;
  readonly "webhook-signature": string;
}

const idForm = /^[\w-]{1,200}$/;

const signatureOf = (key: StandardKey, signed: readonly (string | Buffer)[]): string => {
  if (key.kind === "shared") return `v1,${hmac("sha256", key.key, signed, "base64")}`;
  const bytes = Buffer.concat(signed.map((part) => Buffer.from(part)));
  return `v1a,${sign(null, bytes, key.key).toString("base64")}`;
};

/**
 * Signs for one endpoint. During a rotation it has several secrets, the newest first; every message carries a
 * signature of each. Keep it for as long as the secrets: reading an Ed25519 key costs more than a signature.
 * @param secrets `whsec_…` (v1) or `whsk_…` (v1a)
 * @throws {TypeError} for a secret that signs nothing, or none; its message does not contain it
 */
export const makeStandardSigner = (secrets: readonly string[]): ((message: StandardMessage) => StandardHeaders) => {
  const keys = secrets.map((secret, index) => {
    const key = parseStandardKey(secret);
    if (key === undefined || key.kind === "public") {
      throw new TypeError(`Secret ${index + 1} of ${secrets.length} is no whsec_ or whsk_ key.`);
    }
    return key;
  });
  if (keys.length === 0) throw new TypeError("No secret to sign with.");
  return ({ id, sentAtMs, body }) => {
    if (!idForm.test(id)) throw new TypeError("The message id has other characters than letters, digits, _ and -.");
    const timestamp = String(Math.floor(sentAtMs / 1_000));
    const signed = [`${id}.${timestamp}.`, body];
    return {
      "webhook-id": id,
      "webhook-timestamp": timestamp,
      "webhook-signature": keys.map((key) => signatureOf(key, signed)).join(" "),
    };
  };
};

export const signStandard = (message: StandardMessage, secrets: readonly string[]): StandardHeaders =>
  makeStandardSigner(secrets)(message);
