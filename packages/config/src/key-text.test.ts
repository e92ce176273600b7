import fc from "fast-check";
import { expect, test } from "vitest";
import { parseKeyText } from "./key-text.ts";

const random32 = fc.uint8Array({ minLength: 32, maxLength: 32 }).filter((bytes) => {
  const text = Buffer.from(bytes).toString("hex");
  return parseKeyText(`hex:${text}`).ok;
});

const bytesOf = (text: string): string | undefined => {
  const result = parseKeyText(text);
  return result.ok ? result.bytes.toString("hex") : undefined;
};

test("the same bytes come out of every form, bare or with its prefix", () => {
  fc.assert(
    fc.property(random32, (array) => {
      const bytes = Buffer.from(array);
      const hex = bytes.toString("hex");
      const forms = [
        hex,
        hex.toUpperCase(),
        `hex:${hex}`,
        bytes.toString("base64"),
        bytes.toString("base64").replace("=", ""),
        bytes.toString("base64url"),
        `base64:${bytes.toString("base64")}`,
        `${hex}\n`,
        `${bytes.toString("base64")}\r\n`,
      ];
      for (const form of forms) expect(bytesOf(form)).toBe(hex);
    }),
  );
});

test("32 ASCII characters are taken as they are, also when they look like base64", () => {
  const text = "q7Zr0vKp3XwB9sTnYc5LhJd8MfGa2EuR";
  expect(parseKeyText(text)).toMatchObject({ ok: true, form: "raw", warning: undefined });
  expect(bytesOf(text)).toBe(Buffer.from(text).toString("hex"));
  expect(bytesOf(`raw:${text}`)).toBe(bytesOf(text));
});

test("32 hexadecimal digits are raw bytes, with a warning about their strength", () => {
  expect(parseKeyText("9f86d081884c7d659a2feaa0c55ad015")).toMatchObject({
    ok: true,
    form: "raw",
    warning: expect.stringContaining("128 bits"),
  });
});

test.each([
  ["empty", "", "0 characters"],
  ["too short", "abc", "3 characters"],
  ["the old guide's placeholder", "your-32-char-key", "16 characters"],
  ["a placeholder of the right length", "change-me-to-32-random-characters".slice(0, 32), "placeholder"],
  ["another", "your-32-character-encryption-key", "placeholder"],
  ["digits counting up", "01234567890123456789012345678901", "sequence"],
  ["the alphabet", "abcdefghijklmnopqrstuvwxyz012345", "sequence"],
  ["hexadecimal digits twice", "0123456789abcdef0123456789abcdef", "sequence"],
  ["a random half twice", "9f86d081884c7d659f86d081884c7d65", "repeats"],
  ["all zero, as hex", "0".repeat(64), "fewer than 10"],
  ["all zero, as base64", Buffer.alloc(32).toString("base64"), "fewer than 10"],
  ["bytes 0 to 31, as hex", Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString("hex"), "sequence"],
  ["quotes", '"q7Zr0vKp3XwB9sTnYc5LhJd8MfGa2EuR"', "quotes"],
  ["a space before", " q7Zr0vKp3XwB9sTnYc5LhJd8MfGa2EuRx", "space"],
  ["two trailing line breaks", "q7Zr0vKp3XwB9sTnYc5LhJd8MfGa2EuR\n\n", "line break"],
  ["Cyrillic", "абвгдеёжзийклмнопрстуфхцчшщъыьэю", "outside printable ASCII"],
  ["a byte order mark", "\uFEFFq7Zr0vKp3XwB9sTnYc5LhJd8MfGa2EuR", "around it"],
  ["base64 of 31 bytes", Buffer.from("q7Zr0vKp3XwB9sTnYc5LhJd8MfGa2Eu").toString("base64"), "44 characters"],
  ["base64 that does not encode back", "q7Zr0vKp3XwB9sTnYc5LhJd8MfGa2EuRq7Zr0vKp3Xx=", "44 characters"],
  ["a hex prefix before raw", "hex:q7Zr0vKp3XwB9sTnYc5LhJd8MfGa2EuR", "64 hexadecimal digits"],
  ["a base64 prefix before hex", `base64:${"9f86d081".repeat(8)}`, "base64 of exactly 32 bytes"],
])("refuses %s", (_, text, reason) => {
  const result = parseKeyText(text);
  expect(result).toMatchObject({ ok: false, what: expect.stringContaining(reason) });
  if (!result.ok && text.length > 8) expect(result.what).not.toContain(text.trim());
});

test("whatever is refused, the reason does not repeat it", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 12, maxLength: 80, unit: "grapheme" }), (text) => {
      const result = parseKeyText(text);
      if (!result.ok) expect(result.what).not.toContain(text);
    }),
  );
});
