import { randomBytes, randomUUID } from "node:crypto";
import { inspect } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createDataKey, openDataKey, rewrapDataKey, wrappingKeyId } from "./data-key.ts";
import { makeKeyRing } from "./key-ring.ts";
import { isSealed, open, seal } from "./seal.ts";
import { SealError } from "./seal-error.ts";
import type { SealFailure } from "./seal-error.ts";

const secret = (text: string) => ({ reveal: () => text });
const newKey = () => randomBytes(32).toString("base64");
const ringOf = (active: string, ...previous: string[]) =>
  makeKeyRing({ active: secret(active), previous: previous.map(secret) });

const ring = ringOf(newKey());
const orgId = randomUUID();
const { record, dataKey } = createDataKey(ring, orgId);
const place = { table: "crm_connections", row: "42", column: "refresh_token" };

const failure = (work: () => unknown): SealFailure | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof SealError) return error.reason;
    throw error;
  }
};

const text = fc.string({ unit: "grapheme", maxLength: 200 }).filter((one) => one.isWellFormed());
const part = fc.string({ maxLength: 12 });
const places = fc.record({ table: part, row: part, column: part });

test("what is sealed opens in its place, through a reopened data key as well", () => {
  fc.assert(
    fc.property(text, places, (plaintext, where) => {
      const sealed = seal(dataKey, where, plaintext);
      expect(isSealed(sealed)).toBe(true);
      expect(open(dataKey, where, sealed)).toBe(plaintext);
      expect(open(openDataKey(ring, orgId, record), where, sealed)).toBe(plaintext);
    }),
  );
});

test("the same text sealed twice gives different ciphertexts", () => {
  expect(seal(dataKey, place, "токен")).not.toBe(seal(dataKey, place, "токен"));
});

test("a ciphertext moved to any other place does not open", () => {
  fc.assert(
    fc.property(text, places, places, (plaintext, from, to) => {
      fc.pre(from.table !== to.table || from.row !== to.row || from.column !== to.column);
      expect(failure(() => open(dataKey, to, seal(dataKey, from, plaintext)))).toBe("refused");
    }),
  );
});

test("parts of a place do not run into one another", () => {
  const sealed = seal(dataKey, { table: "a", row: "b|c", column: "d" }, "x");
  expect(failure(() => open(dataKey, { table: "a|b", row: "c", column: "d" }, sealed))).toBe("refused");
  const quoted = seal(dataKey, { table: 'a","b', row: "c", column: "d" }, "x");
  expect(failure(() => open(dataKey, { table: "a", row: 'b","c', column: "d" }, quoted))).toBe("refused");
});

test("another organisation's data key does not open it, nor does this one's record open for another", () => {
  const other = randomUUID();
  expect(failure(() => open(createDataKey(ring, other).dataKey, place, seal(dataKey, place, "x")))).toBe("unknown_key");
  expect(failure(() => openDataKey(ring, other, record))).toBe("refused");
  // The very same key bytes, taken for another organisation, do not open its values either.
  expect(failure(() => open({ ...dataKey, orgId: other }, place, seal(dataKey, place, "x")))).toBe("refused");
});

test("every changed character, in a value or in a data-key record, is noticed", () => {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
  const sealed = seal(dataKey, place, "a refresh token");
  fc.assert(
    fc.property(fc.constantFrom(sealed, record), fc.nat(), fc.constantFrom(...alphabet), (whole, at, character) => {
      const index = at % whole.length;
      fc.pre(whole[index] !== character);
      const changed = whole.slice(0, index) + character + whole.slice(index + 1);
      expect(
        failure(() => (whole === sealed ? open(dataKey, place, changed) : openDataKey(ring, orgId, changed))),
      ).toBeDefined();
    }),
    { numRuns: 2_000 },
  );
});

test("every bit of a ciphertext counts", () => {
  const sealed = seal(dataKey, place, "a refresh token");
  const [version, id, iv = "", body = ""] = sealed.split(".");
  for (const which of [iv, body]) {
    const bytes = Buffer.from(which, "base64url");
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      const encoded = flipped.toString("base64url");
      const changed = [version, id, which === iv ? encoded : iv, which === iv ? body : encoded].join(".");
      expect(failure(() => open(dataKey, place, changed))).toBe("refused");
    }
  }
});

test("cut short, lengthened or surrounded by spaces, nothing opens", () => {
  const sealed = seal(dataKey, place, "a refresh token");
  for (let length = 0; length < sealed.length; length += 1) {
    expect(failure(() => open(dataKey, place, sealed.slice(0, length)))).toBeDefined();
  }
  for (let length = 0; length < record.length; length += 1) {
    expect(failure(() => openDataKey(ring, orgId, record.slice(0, length)))).toBeDefined();
  }
  for (const longer of [`${sealed}A`, `${sealed}=`, `${sealed}\n`, ` ${sealed}`]) {
    expect(failure(() => open(dataKey, place, longer))).toBeDefined();
  }
});

test("plaintext is never accepted, whatever it looks like", () => {
  fc.assert(
    fc.property(fc.oneof(text, fc.constantFrom("", "v1.", "v1.0123456789abcdef.a.b", record)), (plaintext) => {
      expect(failure(() => open(dataKey, place, plaintext))).toBe("not_sealed");
    }),
  );
  expect(failure(() => openDataKey(ring, orgId, seal(dataKey, place, "x")))).toBe("not_sealed");
});

test("rotation: previous keys open, records are rewrapped, then the old key may go", () => {
  const [first, second] = [newKey(), newKey()];
  const before = ringOf(first);
  const old = createDataKey(before, orgId);
  const sealed = seal(old.dataKey, place, "ключ CRM");

  const both = ringOf(second, first);
  expect(open(openDataKey(both, orgId, old.record), place, sealed)).toBe("ключ CRM");
  const rewrapped = rewrapDataKey(both, orgId, old.record);
  expect(wrappingKeyId(rewrapped)).toBe(both.active.id);
  expect(rewrapDataKey(both, orgId, rewrapped)).toBe(rewrapped);

  const after = ringOf(second);
  expect(open(openDataKey(after, orgId, rewrapped), place, sealed)).toBe("ключ CRM");
  expect(failure(() => openDataKey(after, orgId, old.record))).toBe("unknown_key");
  expect(failure(() => rewrapDataKey(both, randomUUID(), old.record))).toBe("refused");
});

test("the same 32 bytes in any form are the same key; other bytes are another", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (array) => {
      const bytes = Buffer.from(array);
      fc.pre(new Set(bytes).size >= 20);
      const forms = [
        bytes.toString("hex"),
        bytes.toString("base64"),
        bytes.toString("base64url"),
        `hex:${bytes.toString("hex").toUpperCase()}`,
      ];
      expect(new Set(forms.map((form) => ringOf(form).active.id)).size).toBe(1);
      const other = Buffer.from(bytes);
      other.writeUInt8(other.readUInt8(31) ^ 1, 31);
      expect(ringOf(other.toString("hex")).active.id).not.toBe(ringOf(bytes.toString("hex")).active.id);
    }),
    { numRuns: 50 },
  );
  const ascii = "q7Zr0vKp3XwB9sTnYc5LhJd8MfGa2EuR";
  expect(ringOf(ascii).active.id).toBe(ringOf(Buffer.from(ascii).toString("hex")).active.id);
});

test("a key that is not 32 bytes is refused without being shown", () => {
  expect(() => ringOf("hunter2-hunter2")).toThrow(/^The active encryption key has 15 characters/);
  expect(() => ringOf(newKey(), "hunter2-hunter2")).toThrow(/^Previous encryption key 1 has 15 characters/);
});

test("neither rings nor data keys print key material", () => {
  const bytes = randomBytes(32);
  const one = ringOf(bytes.toString("hex"));
  const made = createDataKey(one, orgId);
  const shown = [one, made.dataKey]
    .map((it) => inspect(it, { depth: null, showHidden: true }) + JSON.stringify(it))
    .join();
  for (const form of ["hex", "base64", "base64url", "latin1"] as const)
    expect(shown).not.toContain(bytes.toString(form));
});

test("half a character cannot be sealed", () => {
  expect(() => seal(dataKey, place, "\ud83d")).toThrow(TypeError);
});

test("what earlier versions stored still opens", () => {
  const written = ringOf("q7Zr0vKp3XwB9sTnYc5LhJd8MfGa2EuR");
  expect(written.active.id).toBe("088c42586bed15f6");
  const stored = {
    orgId: "3f0c2f1e-7a55-4d0e-9a36-0d6f6a1c9b10",
    record:
      "dk1.088c42586bed15f6.492930522b7e957c.n95YaNcFBQtJL9Qj._YQTP97T70NqIFQu7fs_NMk7EvF1unb2flpWqF78kT_4xjwBQfcncCifgYZckkPc",
    sealed: "v1.492930522b7e957c.UwffNtsrtmNa7KCv.-E75y2rjxPzO2sKBADR9FZAQwlL8IFSOyZSFbg",
  };
  expect(open(openDataKey(written, stored.orgId, stored.record), place, stored.sealed)).toBe("секрет");
});
