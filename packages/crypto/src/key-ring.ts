import { parseKeyText } from "@gpt-agent/config/key-text";
import { makeCipherKey } from "./aes-gcm.ts";
import type { CipherKey } from "./aes-gcm.ts";

/** A secret as packages/config gives it. */
export interface Revealable {
  reveal(): string;
}

/** The installation's key-encryption keys. They wrap data keys and nothing else. */
export interface KeyRing {
  /** Wraps from now on. */
  readonly active: CipherKey;
  /** Active and previous keys by id; previous ones only unwrap. */
  readonly byId: ReadonlyMap<string, CipherKey>;
}

/** @throws {TypeError} without the text, for a key that is not 32 bytes in one of the accepted forms */
const cipherKeyOf = (secret: Revealable, name: string): CipherKey => {
  const parsed = parseKeyText(secret.reveal());
  if (!parsed.ok) throw new TypeError(`${name} ${parsed.what}`);
  return makeCipherKey(parsed.bytes, "wrap");
};

/**
 * The key ring of ENCRYPTION_KEY and ENCRYPTION_KEYS_PREVIOUS. The same 32 bytes have the same id in whatever form they
 * are written.
 * @throws {TypeError} for a key that is not 32 bytes in one of the accepted forms
 */
export const makeKeyRing = (keys: {
  readonly active: Revealable;
  readonly previous?: readonly Revealable[];
}): KeyRing => {
  const active = cipherKeyOf(keys.active, "The active encryption key");
  const previous = (keys.previous ?? []).map((secret, index) =>
    cipherKeyOf(secret, `Previous encryption key ${index + 1}`),
  );
  return { active, byId: new Map([...previous, active].map((key) => [key.id, key])) };
};
