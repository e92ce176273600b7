import { decrypt, encrypt } from "./aes-gcm.ts";
import type { DataKey } from "./data-key.ts";
import { SealError } from "./seal-error.ts";

/** Where a value lives. Together with the organisation it is bound into the ciphertext. */
export interface Place {
  readonly table: string;
  readonly row: string;
  readonly column: string;
}

const shape = /^v1\.([0-9a-f]{16})\.([\w-]{16})\.([\w-]{22,})$/;

const bound = (dataKey: DataKey, { table, row, column }: Place) => [
  "v1",
  dataKey.id,
  dataKey.orgId,
  table,
  row,
  column,
];

/**
 * Encrypts a credential for one place: `v1.<data key id>.<iv>.<ciphertext and tag>`, base64url without padding.
 * @throws {TypeError} for text that UTF-8 cannot carry
 */
export const seal = (dataKey: DataKey, place: Place, plaintext: string): string => {
  if (!plaintext.isWellFormed()) throw new TypeError("The text to seal holds half a character (a lone surrogate).");
  return `v1.${dataKey.id}.${encrypt(dataKey.key, Buffer.from(plaintext, "utf8"), bound(dataKey, place))}`;
};

/**
 * The plaintext of a value sealed for exactly this organisation, table, row and column. There is no way to have
 * plaintext pass through: what is not sealed is refused.
 * @throws {SealError}
 */
export const open = (dataKey: DataKey, place: Place, sealed: string): string => {
  const [, dataKeyId, iv, body] = shape.exec(sealed) ?? [];
  if (dataKeyId === undefined || iv === undefined || body === undefined) {
    throw new SealError(
      "not_sealed",
      `The value in ${place.table}.${place.column} is not sealed (v1.…). Plaintext is never accepted.`,
    );
  }
  if (dataKeyId !== dataKey.id) {
    throw new SealError(
      "unknown_key",
      `The value in ${place.table}.${place.column} is sealed with data key ${dataKeyId}, not ${dataKey.id}.`,
    );
  }
  return decrypt(dataKey.key, iv, body, bound(dataKey, place)).toString("utf8");
};

/** Whether a text has the shape of a sealed value; says nothing about whether it opens. */
export const isSealed = (text: string): boolean => shape.test(text);
