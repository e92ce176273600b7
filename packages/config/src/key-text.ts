/** How 32 bytes of key were written down. */
export type KeyForm = "raw" | "base64" | "hex";

export type KeyText =
  | { readonly ok: true; readonly bytes: Buffer; readonly form: KeyForm; readonly warning: string | undefined }
  | { readonly ok: false; readonly what: string };

const keyBytes = 32;

const canonicalBase64 = (text: string): Buffer | undefined => {
  const alphabet = text.includes("-") || text.includes("_") ? "base64url" : "base64";
  const bytes = Buffer.from(text, alphabet);
  const unpadded = (value: string) => value.replace(/=$/, "");
  // Lenient decoding drops what it does not know; only what encodes back to the same text was really base64.
  return bytes.length === keyBytes && unpadded(bytes.toString(alphabet)) === unpadded(text) ? bytes : undefined;
};

// Not random: few different bytes, a counting sequence, or one half repeated. A real key fails this by less than 1 in 10^9
// (32 hexadecimal digits taken raw: less than 1 in 10^3; those are warned about anyway).
const weakness = (bytes: Buffer): string | undefined => {
  if (new Set(bytes).size < 10) return "has fewer than 10 different bytes, so it is not random";
  const steps = new Map<number, number>();
  for (let i = 1; i < bytes.length; i += 1) {
    const step = (bytes[i] ?? 0) - (bytes[i - 1] ?? 0);
    steps.set(step, (steps.get(step) ?? 0) + 1);
  }
  if (Math.max(...steps.values()) >= 20) return "is a counting sequence, not random";
  if (bytes.subarray(0, keyBytes / 2).equals(bytes.subarray(keyBytes / 2)))
    return "repeats itself, so it is not random";
  return undefined;
};

const wordOfExamples = /change|replace|your|example|placeholder|secret|password|encryption|32.?char|default/i;

const measured = (text: string): string => `${[...text].length} characters`;

const decode = (text: string): { readonly bytes: Buffer; readonly form: KeyForm } | string => {
  const prefixed = /^(raw|base64|hex):(.*)$/s.exec(text);
  const form = prefixed?.[1];
  const body = prefixed?.[2] ?? text;
  const isHex = /^[0-9a-f]{64}$/i.test(body);
  const isRaw = /^[\x20-\x7e]{32}$/.test(body);
  const base64 = /^[A-Za-z0-9+/_-]{43}=?$/.test(body) ? canonicalBase64(body) : undefined;
  if (form === undefined || form === "hex") {
    if (isHex) return { bytes: Buffer.from(body, "hex"), form: "hex" };
    if (form === "hex")
      return `begins with hex: and is followed by ${measured(body)} that are not 64 hexadecimal digits`;
  }
  if (form === undefined || form === "base64") {
    if (base64 !== undefined) return { bytes: base64, form: "base64" };
    if (form === "base64")
      return `begins with base64: and is followed by ${measured(body)} that are not base64 of exactly 32 bytes`;
  }
  if (isRaw) return { bytes: Buffer.from(body, "latin1"), form: "raw" };
  if (/^(["']).*\1$/s.test(body)) return "is wrapped in quotes, which would become part of the key";
  if (/^\s|\s$/.test(body)) return "has a space or line break around it";
  if (/[^\x20-\x7e]/.test(body)) return "holds a character outside printable ASCII";
  return `has ${measured(body)}: neither 32 ASCII characters, nor base64 of 32 bytes (44), nor 64 hexadecimal digits`;
};

/**
 * 32 bytes from any accepted form. The forms cannot be mistaken for one another: 32, 43 or 44, and 64 characters. A prefix
 * `raw:`, `base64:` or `hex:` says it outright. One trailing line break is dropped, nothing else is forgiven.
 * `what` names shape and length, never the text.
 */
export const parseKeyText = (given: string): KeyText => {
  const text = given.replace(/\r?\n$/, "");
  const decoded = decode(text);
  if (typeof decoded === "string") return { ok: false, what: `${decoded}.` };
  const { bytes, form } = decoded;
  if (form === "raw" && wordOfExamples.test(bytes.toString("latin1"))) {
    return { ok: false, what: "is the placeholder of an example." };
  }
  const weak = weakness(bytes);
  if (weak !== undefined) return { ok: false, what: `${weak}.` };
  const halfHex = form === "raw" && /^[0-9a-f]{32}$/i.test(bytes.toString("latin1"));
  const warning = halfHex
    ? "is 32 hexadecimal digits taken as 32 bytes: only 128 bits of randomness. Prefer 64 digits."
    : undefined;
  return { ok: true, bytes, form, warning };
};
