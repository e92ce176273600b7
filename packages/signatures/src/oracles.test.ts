import { createHash, createHmac, webcrypto } from "node:crypto";
import { createRequire } from "node:module";
import type { WebhookDefinition } from "@octokit/webhooks-examples";
import { sign as githubSign, verify as githubVerify } from "@octokit/webhooks-methods";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { Stripe } from "stripe";
import { Webhook as SvixWebhook } from "svix";
import { describe, expect, test } from "vitest";
import type { ReceivedWebhook, Scheme } from "./scheme.ts";
import { sendAs } from "./send-as.ts";
import { signStandard } from "./sign-standard.ts";
import { newKeyPair } from "./standard-keys.ts";
import { verifyWebhook } from "./verify.ts";

const githubExamples = createRequire(import.meta.url)(
  "@octokit/webhooks-examples/api.github.com/index.json",
) as readonly WebhookDefinition[];

const url = "https://api.example.com/hooks/whk_1";
const receivedAt = (
  nowMs: number,
  headers: Readonly<Record<string, string>>,
  body: string | Buffer,
): ReceivedWebhook => ({
  method: "POST",
  url,
  headers,
  rawBody: Buffer.from(body),
  nowMs,
  remoteAddress: "203.0.113.9",
});
const body = JSON.stringify({ id: "evt_1", type: "заявка.создана", emoji: "🙂", n: 1.5 });
const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const id = "msg_p5jXN8AQM9LWM0D4loKWxJek";

describe("standardwebhooks and svix", () => {
  const lower = (headers: object) =>
    Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));

  test("the vector of the specification", () => {
    const headers = signStandard({ id, sentAtMs: 1_614_265_330_000, body: '{"test": 2432232314}' }, [secret]);
    expect(headers["webhook-signature"]).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  });

  test("what they sign, we verify", () => {
    const now = new Date();
    const standard = new StandardWebhook(secret).sign(id, now, body);
    const timestamp = String(Math.floor(now.getTime() / 1_000));
    const headers = { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": standard };
    expect(verifyWebhook("standard", receivedAt(now.getTime(), headers, body), [secret])).toMatchObject({
      ok: true,
      dedupeKey: id,
    });
    const svix = new SvixWebhook(secret).sign(id, now, body);
    const named = { "svix-id": id, "svix-timestamp": timestamp, "svix-signature": svix };
    expect(verifyWebhook("svix", receivedAt(now.getTime(), named, body), [secret]).ok).toBe(true);
    const unbranded = { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": svix };
    expect(verifyWebhook("svix", receivedAt(now.getTime(), unbranded, body), [secret]).ok).toBe(true);
  });

  test("what we sign, they verify, also during a rotation and beside v1a", () => {
    const secrets = [newKeyPair().privateKey, "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", secret];
    const headers = lower(signStandard({ id, sentAtMs: Date.now(), body }, secrets));
    expect(new StandardWebhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
    expect(() => new SvixWebhook(secret).verify(body, headers)).not.toThrow();
    expect(() => new StandardWebhook("whsec_BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB").verify(body, headers)).toThrow(Error);
    const svix = sendAs("svix", { url, id, sentAtMs: Date.now(), payload: { a: "я" }, secret });
    expect(() => new SvixWebhook(secret).verify(svix.body, { ...svix.headers })).not.toThrow();
    expect(() => new SvixWebhook(secret).verify(`${svix.body} `, { ...svix.headers })).toThrow(Error);
  });

  const now = Date.now();
  const at = (skewMs: number, over: Readonly<Record<string, string>> = {}) => {
    const sentAt = new Date(now + skewMs);
    return {
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(sentAt.getTime() / 1_000)),
      "webhook-signature": new StandardWebhook(secret).sign(id, sentAt, body),
      ...over,
    };
  };
  const good = at(0)["webhook-signature"];

  // The cases of the libraries' own tests.
  test.each<readonly [string, Readonly<Record<string, string>>, boolean]>([
    ["valid", at(0), true],
    ["too old", at(-310_000), false],
    ["too new", at(310_000), false],
    ["no id", at(0, { "webhook-id": "" }), false],
    ["another id", at(0, { "webhook-id": "msg_other" }), false],
    ["no timestamp", at(0, { "webhook-timestamp": "" }), false],
    ["no signature", at(0, { "webhook-signature": "" }), false],
    ["a part of a signature", at(0, { "webhook-signature": good.slice(0, 8) }), false],
    ["no signature after the version", at(0, { "webhook-signature": "v1," }), false],
    ["another version", at(0, { "webhook-signature": good.replace("v1,", "v2,") }), false],
    [
      "one of several",
      at(0, { "webhook-signature": `v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v2,x ${good}` }),
      true,
    ],
    ["none of several", at(0, { "webhook-signature": "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v2,x" }), false],
    ["separated by commas", at(0, { "webhook-signature": `v1,AAAA,${good}` }), false],
  ])("we and the libraries agree on %s", (_, headers, passes) => {
    const outcome = (verify: () => unknown): boolean => {
      try {
        verify();
        return true;
      } catch {
        return false;
      }
    };
    expect(outcome(() => new StandardWebhook(secret).verify(body, headers))).toBe(passes);
    expect(outcome(() => new SvixWebhook(secret).verify(body, headers))).toBe(passes);
    expect(verifyWebhook("standard", receivedAt(now, headers, body), [secret]).ok).toBe(passes);
  });

  test("v1a by WebCrypto, both directions", async () => {
    const keys = await webcrypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
    if (!("privateKey" in keys)) throw new Error("no pair");
    const raw = Buffer.from(await webcrypto.subtle.exportKey("raw", keys.publicKey));
    const jwk = await webcrypto.subtle.exportKey("jwk", keys.privateKey);
    const seed = Buffer.from(jwk.d ?? "", "base64url");
    const timestamp = Math.floor(now / 1_000);
    const message = Buffer.from(`${id}.${timestamp}.${body}`);
    const theirs = Buffer.from(await webcrypto.subtle.sign("Ed25519", keys.privateKey, message));
    const headers = at(0, { "webhook-signature": `v1a,${theirs.toString("base64")}` });
    expect(verifyWebhook("standard", receivedAt(now, headers, body), [`whpk_${raw.toString("base64")}`]).ok).toBe(true);
    for (const bytes of [seed, Buffer.concat([seed, raw])]) {
      const ours = signStandard({ id, sentAtMs: now, body }, [`whsk_${bytes.toString("base64")}`])["webhook-signature"];
      const signature = Buffer.from(ours.slice("v1a,".length), "base64");
      expect(await webcrypto.subtle.verify("Ed25519", keys.publicKey, signature, message)).toBe(true);
    }
  });

  test("an Ed25519 vector of RFC 8032 (7.1, test 1)", () => {
    const seed = Buffer.from("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "hex");
    const half = Buffer.from("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "hex");
    const pair = `whsk_${Buffer.concat([seed, half]).toString("base64")}`;
    const headers = { ...signStandard({ id, sentAtMs: now, body }, [pair]) };
    const request = receivedAt(now, headers, body);
    expect(verifyWebhook("standard", request, [`whpk_${half.toString("base64")}`]).ok).toBe(true);
    const mismatched = `whsk_${Buffer.concat([seed, Buffer.alloc(32, 1)]).toString("base64")}`;
    expect(() => signStandard({ id, sentAtMs: now, body }, [mismatched])).toThrow(TypeError);
  });
});

describe("stripe", () => {
  const stripe = new Stripe("sk_test_unused");
  const key = "whsec_test_secret";

  test("what it signs, we verify", () => {
    const nowS = Math.floor(Date.now() / 1_000);
    const header = stripe.webhooks.generateTestHeaderString({ payload: body, secret: key, timestamp: nowS });
    const result = verifyWebhook("stripe", receivedAt(nowS * 1_000, { "stripe-signature": header }, body), [key]);
    expect(result).toMatchObject({ ok: true, dedupeKey: "evt_1", sentAtMs: nowS * 1_000 });
  });

  test("what we sign, it verifies", () => {
    const sent = sendAs("stripe", { url, id: "evt_2", sentAtMs: Date.now(), payload: { type: "x" }, secret: key });
    const event = stripe.webhooks.constructEvent(sent.body, sent.headers["stripe-signature"] ?? "", key);
    expect(event.id).toBe("evt_2");
    const other = () => stripe.webhooks.constructEvent(sent.body, sent.headers["stripe-signature"] ?? "", "whsec_x");
    expect(other).toThrow(Error);
  });
});

describe("github", () => {
  test("the vector of its documentation", async () => {
    const key = "It's a Secret to Everybody";
    const signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    const request = receivedAt(0, { "x-hub-signature-256": signature }, "Hello, World!");
    expect(verifyWebhook("github", request, [key]).ok).toBe(true);
    expect(await githubVerify(key, "Hello, World!", signature)).toBe(true);
  });

  test("recorded payloads, signed by Octokit and by us", async () => {
    const payloads = githubExamples.flatMap(({ examples }) => examples.slice(0, 1));
    expect(payloads.length).toBeGreaterThan(40);
    for (const payload of payloads) {
      const text = JSON.stringify(payload);
      const headers = { "x-hub-signature-256": await githubSign("secret", text), "x-github-delivery": "d-1" };
      const request = receivedAt(0, headers, text);
      expect(verifyWebhook("github", request, ["secret"])).toMatchObject({ ok: true, dedupeKey: "d-1" });
    }
    const sent = sendAs("github", { url, id: "d", sentAtMs: 0, payload: { ж: 1 }, secret: "secret" });
    expect(await githubVerify("secret", sent.body, sent.headers["x-hub-signature-256"] ?? "")).toBe(true);
    expect(await githubVerify("other", sent.body, sent.headers["x-hub-signature-256"] ?? "")).toBe(false);
  });
});

test("slack: the example of its documentation", () => {
  const text =
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar" +
    "&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com" +
    "%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121." +
    "803a0bc887a14d10d2c447fce8b6703c";
  const headers = {
    "content-type": "application/x-www-form-urlencoded",
    "x-slack-request-timestamp": "1531420618",
    "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
  };
  const request = receivedAt(1_531_420_618_000, headers, text);
  expect(verifyWebhook("slack", request, ["8f742231b10e8888abcd99yyyzzz85a5"]).ok).toBe(true);
});

describe("tbank: the examples of its documentation", () => {
  test.each([
    [
      "a notification",
      "11111111111",
      {
        TerminalKey: "1234567890DEMO",
        OrderId: "000000",
        Success: true,
        Status: "AUTHORIZED",
        PaymentId: "0000000",
        ErrorCode: "0",
        Amount: 1111,
        CardId: "000000",
        Pan: "200000******0000",
        ExpDate: "1111",
        RebillId: "000000",
        Token: "1c0964277d0213349243065a0d5b838b8e90d2d25f740d0f2767836e710e80c8",
      },
    ],
    [
      "a request, with objects that are not signed",
      "usaf8fw8fsw21g",
      {
        TerminalKey: "MerchantTerminalKey",
        Amount: 19200,
        OrderId: "21090",
        Description: "Подарочная карта на 1000 рублей",
        DATA: { Phone: "+71234567890" },
        Receipt: { Email: "a@test.ru", Items: [{ Name: "x", Price: 1 }] },
        Nothing: null,
        Token: "0024A00AF7C350A3A67CA168CE06502AA72772456662E38696D48B56EE9C97D9",
      },
    ],
  ])("%s", (_, password, notification) => {
    const request = receivedAt(0, { "content-type": "application/json" }, JSON.stringify(notification));
    expect(verifyWebhook("tbank", request, [password])).toMatchObject({ ok: true, answer: { body: "OK" } });
    expect(verifyWebhook("tbank", request, ["other"])).toEqual({ ok: false, reason: "wrong" });
  });

  test("a number with more digits than JavaScript holds is signed as it is written", () => {
    const digits = "12345678901234567890";
    const token = createHash("sha256").update(`word${digits}CONFIRMED`).digest("hex");
    const text = `{"PaymentId":${digits},"Status":"CONFIRMED","Token":"${token}"}`;
    expect(verifyWebhook("tbank", receivedAt(0, {}, text), ["word"]).ok).toBe(true);
  });
});

// The remaining ones have no library that we could ask: their formulas, as their documentation gives them.
test.each<readonly [Scheme, string, (text: string) => Readonly<Record<string, string>>]>([
  [
    "hubspot",
    "client-secret",
    (text) => ({
      "x-hubspot-request-timestamp": "1790000000123",
      "x-hubspot-signature-v3": createHmac("sha256", "client-secret")
        .update(`POSThttps://api.example.com/hooks/whk_1${text}1790000000123`)
        .digest("base64"),
    }),
  ],
  [
    "shopify",
    "shpss",
    (text) => ({ "x-shopify-hmac-sha256": createHmac("sha256", "shpss").update(text).digest("base64") }),
  ],
  ["amocrm-chats", "channel", (text) => ({ "x-signature": createHmac("sha1", "channel").update(text).digest("hex") })],
])("%s by its formula", (scheme, key, headersFor) => {
  const request = receivedAt(1_790_000_000_123, headersFor(body), body);
  expect(verifyWebhook(scheme, request, [key]).ok).toBe(true);
  expect(verifyWebhook(scheme, { ...request, rawBody: Buffer.from(`${body} `) }, [key]).ok).toBe(false);
});
