import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from "node:crypto";

/**
 * Keys of Standard Webhooks: `whsec_` and the base64 of a shared secret (v1, HMAC-SHA256), `whsk_` and the base64 of an
 * Ed25519 private key with its public half (v1a, 64 bytes; the 32 of the seed alone are read too), `whpk_` and the
 * base64 of the public half (32 bytes).
 */
export interface StandardKey {
  readonly kind: "shared" | "private" | "public";
  readonly key: KeyObject;
}

// RFC 8410: the fixed part of an Ed25519 key's DER, before its 32 bytes.
const privatePrefix = Buffer.from("302e020100300506032b657004220420", "hex");
const publicPrefix = Buffer.from("302a300506032b6570032100", "hex");

/** The bytes of a base64 text that is the only spelling of them, with or without padding. */
const fromBase64 = (text: string): Buffer | undefined => {
  const bytes = Buffer.from(text, "base64");
  const canonical = bytes.toString("base64");
  return bytes.length > 0 && (text === canonical || text === canonical.replace(/=+$/, "")) ? bytes : undefined;
};

const privateKey = (bytes: Buffer): StandardKey | undefined => {
  if (bytes.length !== 64 && bytes.length !== 32) return undefined;
  const der = Buffer.concat([privatePrefix, bytes.subarray(0, 32)]);
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  // A key pasted together from two would sign what nobody can verify.
  if (bytes.length === 64 && !rawPublic(key).equals(bytes.subarray(32))) return undefined;
  return { kind: "private", key };
};

const rawPublic = (key: KeyObject): Buffer =>
  createPublicKey(key).export({ format: "der", type: "spki" }).subarray(publicPrefix.length);

const maxKnown = 1_000;
const known = new Map<string, StandardKey>();

/** Reading a public key costs a quarter of a verification; nothing about it is secret. */
const publicKey = (bytes: Buffer): StandardKey | undefined => {
  if (bytes.length !== 32) return undefined;
  const name = bytes.toString("latin1");
  const before = known.get(name);
  if (before !== undefined) return before;
  const der = Buffer.concat([publicPrefix, bytes]);
  const read: StandardKey = { kind: "public", key: createPublicKey({ key: der, format: "der", type: "spki" }) };
  if (known.size >= maxKnown) known.clear();
  known.set(name, read);
  return read;
};

/** Undefined for what is no key. Without a prefix it is a shared secret, as the libraries of the standard take it. */
export const parseStandardKey = (text: string): StandardKey | undefined => {
  const [, prefix, encoded = ""] = /^(whsec_|whsk_|whpk_)?(.*)$/s.exec(text) ?? [];
  const bytes = fromBase64(encoded);
  if (bytes === undefined) return undefined;
  if (prefix === "whsk_") return privateKey(bytes);
  if (prefix === "whpk_") return publicKey(bytes);
  return { kind: "shared", key: createSecretKey(bytes) };
};

/** A new secret of 256 bits. */
export const newSharedSecret = (): string => `whsec_${randomBytes(32).toString("base64")}`;

/** A new pair: `whsk_` stays with the sender, `whpk_` goes to whoever verifies. */
export const newKeyPair = (): { readonly privateKey: string; readonly publicKey: string } => {
  const { privateKey } = generateKeyPairSync("ed25519");
  const seed = privateKey.export({ format: "der", type: "pkcs8" }).subarray(privatePrefix.length);
  const half = rawPublic(privateKey);
  return {
    privateKey: `whsk_${Buffer.concat([seed, half]).toString("base64")}`,
    publicKey: `whpk_${half.toString("base64")}`,
  };
};

/** The public half of a `whsk_` key; undefined for anything else. */
export const publicKeyOf = (text: string): string | undefined => {
  const key = text.startsWith("whsk_") ? parseStandardKey(text) : undefined;
  return key?.kind === "private" ? `whpk_${rawPublic(key.key).toString("base64")}` : undefined;
};
