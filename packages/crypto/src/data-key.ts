import { randomBytes } from "node:crypto";
import { decrypt, encrypt, makeCipherKey } from "./aes-gcm.ts";
import type { CipherKey } from "./aes-gcm.ts";
import type { KeyRing } from "./key-ring.ts";
import { SealError } from "./seal-error.ts";

/**
 * The key that seals one organisation's values. It is stored wrapped by the active key of the ring, as a record
 *
 *     dk1.<key id>.<data key id>.<iv>.<wrapped key and tag>
 *
 * with ids of 16 hexadecimal digits and base64url without padding. Record, ids and organisation are bound together: a
 * record copied to another organisation does not open. Rotation rewraps records, one per organisation; the values
 * stay as they are.
 */
export interface DataKey {
  readonly orgId: string;
  readonly id: string;
  readonly key: CipherKey;
}

const shape = /^dk1\.([0-9a-f]{16})\.([0-9a-f]{16})\.([\w-]{16})\.([\w-]{64})$/;

const bound = (keyId: string, dataKeyId: string, orgId: string) => ["dk1", keyId, dataKeyId, orgId];

const parse = (record: string) => {
  const [, keyId, dataKeyId, iv, body] = shape.exec(record) ?? [];
  if (keyId === undefined || dataKeyId === undefined || iv === undefined || body === undefined) {
    throw new SealError("not_sealed", "The text is not a data-key record (dk1.…).");
  }
  return { keyId, dataKeyId, iv, body };
};

const wrap = (ring: KeyRing, orgId: string, dataKeyId: string, bytes: Uint8Array): string =>
  `dk1.${ring.active.id}.${dataKeyId}.${encrypt(ring.active, bytes, bound(ring.active.id, dataKeyId, orgId))}`;

const unwrap = (
  ring: KeyRing,
  orgId: string,
  record: string,
): { readonly bytes: Buffer; readonly dataKeyId: string } => {
  const { keyId, dataKeyId, iv, body } = parse(record);
  const key = ring.byId.get(keyId);
  if (key === undefined) {
    throw new SealError(
      "unknown_key",
      `The data key is wrapped by encryption key ${keyId}, which is not configured. Add that key to ENCRYPTION_KEYS_PREVIOUS.`,
    );
  }
  return { bytes: decrypt(key, iv, body, bound(keyId, dataKeyId, orgId)), dataKeyId };
};

/** A new data key; store `record`. */
export const createDataKey = (ring: KeyRing, orgId: string): { readonly record: string; readonly dataKey: DataKey } => {
  const bytes = randomBytes(32);
  const key = makeCipherKey(bytes, "seal");
  return { record: wrap(ring, orgId, key.id, bytes), dataKey: { orgId, id: key.id, key } };
};

/** @throws {SealError} */
export const openDataKey = (ring: KeyRing, orgId: string, record: string): DataKey => {
  const { bytes, dataKeyId } = unwrap(ring, orgId, record);
  return { orgId, id: dataKeyId, key: makeCipherKey(bytes, "seal") };
};

/** Which key wraps a record: what is left to rewrap before a previous key may go. @throws {SealError} `not_sealed` */
export const wrappingKeyId = (record: string): string => parse(record).keyId;

/**
 * The same data key under the ring's active key; the very same record where it is already. Safe to repeat.
 * @throws {SealError}
 */
export const rewrapDataKey = (ring: KeyRing, orgId: string, record: string): string => {
  const { bytes, dataKeyId } = unwrap(ring, orgId, record);
  return wrappingKeyId(record) === ring.active.id ? record : wrap(ring, orgId, dataKeyId, bytes);
};
