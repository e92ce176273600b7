import { expect, test } from "vitest";
import type { HmacOptions, Scheme, SchemeOptions } from "./scheme.ts";
import { optionsProblem, secretProblem } from "./secret-problem.ts";
import { newKeyPair, newSharedSecret, parseStandardKey, publicKeyOf } from "./standard-keys.ts";

const hmac = (over: Partial<HmacOptions> = {}): SchemeOptions => ({
  hmac: { algorithm: "sha256", encoding: "hex", header: "x-signature", ...over },
});
const pair = newKeyPair();

test.each<readonly [Scheme, string] | readonly [Scheme, string, SchemeOptions]>([
  ["standard", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
  ["standard", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
  ["standard", newSharedSecret()],
  ["svix", pair.publicKey],
  ["stripe", "whsec_1", {}],
  ["pipedrive", "user:pass:word"],
  ["telegram", "A-z_9"],
  ["hmac", "00FFaa", hmac({ secretEncoding: "hex" })],
  ["hmac", "AAE", hmac({ secretEncoding: "base64" })],
  ["hmac", "любой", hmac()],
])("%s takes %s", (scheme: Scheme, secret: string, options?: SchemeOptions) => {
  expect(secretProblem(scheme, secret, options)).toBeUndefined();
});

test.each<readonly [Scheme, string] | readonly [Scheme, string, SchemeOptions]>([
  ["standard", "whsec_not base64!"],
  ["standard", "whpk_AAAA"],
  ["svix", pair.privateKey],
  ["stripe", ""],
  ["kommo", "anything"],
  ["yookassa", "anything"],
  ["pipedrive", "userpassword"],
  ["pipedrive", ":пароль"],
  ["telegram", "with a blank"],
  ["telegram", "a".repeat(257)],
  ["hmac", "0", hmac({ secretEncoding: "hex" })],
  ["hmac", "xyz", hmac({ secretEncoding: "hex" })],
  ["hmac", "a b", hmac({ secretEncoding: "base64" })],
])(
  "%s does not take %s, and the sentence does not repeat it",
  (scheme: Scheme, secret: string, options?: SchemeOptions) => {
    const problem = secretProblem(scheme, secret, options);
    expect(problem).toMatch(/\.$/);
    expect(problem).not.toContain(secret || "(empty)");
  },
);

test.each<readonly [Scheme, SchemeOptions, boolean]>([
  ["github", {}, true],
  ["kommo", {}, false],
  ["kommo", { account: { id: "1" } }, true],
  ["hmac", {}, false],
  ["hmac", hmac(), true],
  ["hmac", hmac({ template: "{timestamp}.{body}" }), false],
  ["hmac", hmac({ template: "{timestamp}.{body}", timestampHeader: "x-time" }), true],
  ["hmac", hmac({ timestampHeader: "x-time" }), false],
  ["hmac", hmac({ template: "{id}{body}" }), false],
  ["hmac", hmac({ template: "{url}" }), false],
  ["hmac", hmac({ template: "{body}{body}" }), false],
  ["hmac", hmac({ idPointer: "/data/id" }), true],
  ["hmac", hmac({ idPointer: "data.id" }), false],
])("options of %s %j: %s", (scheme, options, fine) => {
  expect(optionsProblem(scheme, options) === undefined).toBe(fine);
});

test("a pair belongs together", () => {
  expect(publicKeyOf(pair.privateKey)).toBe(pair.publicKey);
  expect(publicKeyOf(pair.publicKey)).toBeUndefined();
  expect(publicKeyOf(newSharedSecret())).toBeUndefined();
  expect(parseStandardKey(pair.privateKey)?.kind).toBe("private");
  expect(parseStandardKey(`whsk_${Buffer.alloc(31).toString("base64")}`)).toBeUndefined();
});
