import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { ReceivedWebhook, Scheme, SchemeOptions, Trust } from "./scheme.ts";
import { schemes } from "./scheme.ts";
import { hubspotUri } from "./schemes/hubspot.ts";
import { sendAs, type SentWebhook } from "./send-as.ts";
import { newKeyPair } from "./standard-keys.ts";
import { refuseUnknown, verifyWebhook } from "./verify.ts";

const nowMs = 1_790_000_000_000;
const url = "https://api.example.com/hooks/whk_1?a=%2F%40&b=%20";
const pair = newKeyPair();

interface Case {
  readonly scheme: Scheme;
  readonly label?: string;
  /** What signs, and what the source keeps; the same but for key pairs. */
  readonly signing: string;
  readonly kept?: string;
  readonly other: string;
  readonly options?: SchemeOptions;
  readonly remoteAddress?: string;
  readonly trust: Trust;
  /** What the proof covers: the bytes, what they mean, or neither. */
  readonly covers: "bytes" | "values" | "nothing";
  readonly timed: boolean;
  /** Where the proof stands. */
  readonly header?: string;
}

const cases: readonly Case[] = [
  {
    scheme: "standard",
    signing: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    other: "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    trust: "signed",
    covers: "bytes",
    timed: true,
    header: "webhook-signature",
  },
  {
    scheme: "standard",
    label: "v1a",
    signing: pair.privateKey,
    kept: pair.publicKey,
    other: newKeyPair().publicKey,
    trust: "signed",
    covers: "bytes",
    timed: true,
    header: "webhook-signature",
  },
  {
    scheme: "svix",
    signing: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    other: "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    trust: "signed",
    covers: "bytes",
    timed: true,
    header: "svix-signature",
  },
  {
    scheme: "stripe",
    signing: "whsec_stripe",
    other: "whsec_other",
    trust: "signed",
    covers: "bytes",
    timed: true,
    header: "stripe-signature",
  },
  {
    scheme: "github",
    signing: "It's a Secret to Everybody",
    other: "other",
    trust: "signed",
    covers: "bytes",
    timed: false,
    header: "x-hub-signature-256",
  },
  {
    scheme: "slack",
    signing: "8f742231b10e8888abcd99yyyzzz85a5",
    other: "other",
    trust: "signed",
    covers: "bytes",
    timed: true,
    header: "x-slack-signature",
  },
  {
    scheme: "hubspot",
    signing: "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy",
    other: "other",
    trust: "signed",
    covers: "bytes",
    timed: true,
    header: "x-hubspot-signature-v3",
  },
  {
    scheme: "shopify",
    signing: "shpss_1",
    other: "other",
    trust: "signed",
    covers: "bytes",
    timed: false,
    header: "x-shopify-hmac-sha256",
  },
  {
    scheme: "kommo",
    signing: "",
    other: "",
    options: { account: { id: "33445566", subdomain: "ромашка" } },
    trust: "hint",
    covers: "nothing",
    timed: false,
  },
  {
    scheme: "amocrm-chats",
    signing: "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    other: "other",
    trust: "signed",
    covers: "bytes",
    timed: false,
    header: "x-signature",
  },
  {
    scheme: "bitrix24",
    signing: "51856fefc120afa4b628cc82d3935cce",
    other: "other",
    options: { memberId: "a223c6b3710f85df22e9377d6c4f7553" },
    trust: "secret",
    covers: "nothing",
    timed: false,
  },
  {
    scheme: "pipedrive",
    signing: "hooks:п4роль:с двоеточием",
    other: "hooks:other",
    trust: "secret",
    covers: "nothing",
    timed: false,
    header: "authorization",
  },
  {
    scheme: "telegram",
    signing: "A-1_b",
    other: "other",
    trust: "secret",
    covers: "nothing",
    timed: false,
    header: "x-telegram-bot-api-secret-token",
  },
  {
    scheme: "yookassa",
    signing: "",
    other: "",
    remoteAddress: "77.75.153.77",
    trust: "hint",
    covers: "nothing",
    timed: false,
  },
  { scheme: "tbank", signing: "11111111111", other: "other", trust: "secret", covers: "values", timed: false },
  {
    scheme: "hmac",
    signing: "00ff10",
    other: "00ff11",
    options: {
      hmac: {
        algorithm: "sha512",
        encoding: "base64url",
        header: "X-Own-Signature",
        prefix: "v2=",
        template: "{id}|{timestamp}|{method}|{url}|{body}",
        secretEncoding: "hex",
        timestampHeader: "X-Own-Time",
        timestampUnit: "ms",
        idHeader: "X-Own-Id",
      },
    },
    trust: "signed",
    covers: "bytes",
    timed: true,
    header: "x-own-signature",
  },
];
const named = cases.map((one) => [`${one.scheme}${one.label === undefined ? "" : ` ${one.label}`}`, one] as const);

test("every scheme is in the table", () => {
  expect(new Set(cases.map(({ scheme }) => scheme))).toEqual(new Set(schemes));
});

const payload = { text: "Заявка №1", amount: 10, nested: { list: ["a", "b"] } };

const sent = (one: Case, over: Partial<Parameters<typeof sendAs>[1]> = {}): SentWebhook =>
  sendAs(one.scheme, {
    url,
    id: "9001",
    sentAtMs: nowMs,
    payload,
    secret: one.signing,
    ...(one.options !== undefined && { options: one.options }),
    ...over,
  });

const received = (one: Case, request: SentWebhook, over: Partial<ReceivedWebhook> = {}): ReceivedWebhook => ({
  method: request.method,
  url,
  headers: request.headers,
  rawBody: Buffer.from(request.body),
  nowMs,
  remoteAddress: one.remoteAddress ?? "203.0.113.9",
  ...over,
});

const kept = (one: Case): readonly string[] => {
  const secret = one.kept ?? one.signing;
  return secret === "" ? [] : [secret];
};
const verify = (one: Case, request: ReceivedWebhook, secrets = kept(one), options = one.options) =>
  verifyWebhook(one.scheme, request, secrets, options);
const reasonOf = (result: ReturnType<typeof verifyWebhook>): string => (result.ok ? "passed" : result.reason);

describe.each(named)("%s", (_, one) => {
  const good = received(one, sent(one));

  test("passes, with a key of its own and the trust it deserves", () => {
    const result = verify(one, good);
    expect(result).toMatchObject({ ok: true, trust: one.trust });
    expect(result.ok && result.dedupeKey).toMatch(/^[\x21-\x7e]{1,200}$/);
    expect(result.ok && result.sentAtMs).toBe(one.timed ? nowMs : undefined);
  });

  test("passes under any of several secrets, wherever it stands among them", () => {
    for (const secrets of [
      [...kept(one), one.other],
      [one.other, ...kept(one)],
    ]) {
      expect(verify(one, good, one.signing === "" ? [] : secrets).ok).toBe(true);
    }
  });

  test("repeated, it has the same key; another event has another", () => {
    const key = (request: ReceivedWebhook): string => {
      const result = verify(one, request);
      return result.ok ? result.dedupeKey : "refused";
    };
    const again = received(one, sent(one, { sentAtMs: nowMs + 60_000 }), { nowMs: nowMs + 61_000 });
    expect(key(again)).toBe(key(good));
    const next = key(received(one, sent(one, { id: "9002" })));
    expect([next === "refused", next === key(good)]).toEqual([false, false]);
  });

  test("nothing that a stranger sends makes it throw", () => {
    for (const rawBody of [
      Buffer.alloc(0),
      Buffer.from([0xff, 0xfe, 0]),
      Buffer.from("null"),
      Buffer.from('{"meta":[]}'),
      Buffer.from('{"a":'.repeat(100_000) + "1" + "}".repeat(100_000)),
    ]) {
      for (const headers of [{}, { ...good.headers, "content-type": "image/png" }, { "content-type": undefined }]) {
        const result = verify(one, { ...good, rawBody, headers, remoteAddress: "not an address" });
        expect(typeof result.ok).toBe("boolean");
      }
    }
  });
});

describe.each(named.filter(([, one]) => one.signing !== ""))("%s, with a secret", (_, one) => {
  const good = received(one, sent(one));

  test("forged with another secret, it is refused", () => {
    expect(reasonOf(verify(one, good, [one.other]))).toBe("wrong");
  });

  test("without a secret of ours, nothing passes", () => {
    expect(reasonOf(verify(one, good, []))).toBe("misconfigured");
  });
});

describe.each(named.filter(([, one]) => one.header !== undefined))("%s, with its proof in a header", (_, one) => {
  const good = received(one, sent(one));

  const header = one.header ?? "";
  const proof = String(good.headers[header]);
  test.each([
    ["without its proof", undefined],
    ["with an empty one", ""],
    ["with one of another kind", "Bearer x"],
    ["with one cut short", proof.slice(0, -2)],
    ["with one too long", `${proof}A`],
    ["with a changed character", proof.replace(/.$/, (last) => (last === "A" ? "B" : "A")).replace(/=A$/, "AA")],
    ["with letters beyond ASCII", `${proof.slice(0, -1)}я`],
    ["with a hundred thousand characters", "A".repeat(100_000)],
  ])("%s it is refused", (_, value) => {
    const request = { ...good, headers: { ...good.headers, [header]: value } };
    expect(["wrong", "unsigned"]).toContain(reasonOf(verify(one, request)));
  });

  test("a proof that came twice counts once", () => {
    const twice = { ...good, headers: { ...good.headers, [header]: [proof, "junk"] } };
    expect(verify(one, twice).ok).toBe(true);
  });
});

describe.each(named.filter(([, one]) => one.covers !== "nothing"))("%s, over a body", (_, one) => {
  const good = received(one, sent(one));

  test("with a changed value it is refused", () => {
    const rawBody = Buffer.from(String(good.rawBody).replace("№1", "№2"));
    expect(rawBody.equals(good.rawBody)).toBe(false);
    expect(reasonOf(verify(one, { ...good, rawBody }))).toBe("wrong");
  });

  test("truncated, it is refused", () => {
    for (const length of [0, 1, good.rawBody.length - 1]) {
      expect(verify(one, { ...good, rawBody: good.rawBody.subarray(0, length) }).ok).toBe(false);
    }
  });
});

describe.each(named.filter(([, one]) => one.covers === "bytes"))("%s, over bytes", (_, one) => {
  const good = received(one, sent(one));

  test("re-serialised, it is refused: the bytes are signed, not what they mean", () => {
    const parsed: unknown = JSON.parse(good.rawBody.toString());
    for (const text of [JSON.stringify(parsed, undefined, 1), `${good.rawBody.toString()}\n`]) {
      expect(reasonOf(verify(one, { ...good, rawBody: Buffer.from(text) }))).toBe("wrong");
    }
  });
});

describe.each(named.filter(([, one]) => one.timed))("%s, over a time", (_, one) => {
  const good = received(one, sent(one));

  test.each([
    [-300_000, "passed"],
    [300_000, "passed"],
    [-301_000, "stale"],
    [301_000, "stale"],
  ])("with a clock %i ms from ours: %s", (skewMs, reason) => {
    expect(reasonOf(verify(one, received(one, sent(one, { sentAtMs: nowMs + skewMs }))))).toBe(reason);
  });

  test("replayed after the window, it is refused; the window can be another", () => {
    const late = { ...good, nowMs: nowMs + 600_000 };
    expect(reasonOf(verify(one, late))).toBe("stale");
    expect(verify(one, late, kept(one), { ...one.options, toleranceMs: 600_000 }).ok).toBe(true);
  });

  test("with another time than the signed one it is refused", () => {
    const later = sent(one, { sentAtMs: nowMs + 1_000 });
    const headers = Object.fromEntries(
      Object.entries(good.headers).map(([name, value]) => {
        if (name === "stripe-signature") return [name, String(value).replace(/^t=\d+/, `t=${nowMs / 1_000 + 1}`)];
        return /time/.test(name) ? [name, later.headers[name]] : [name, value];
      }),
    );
    expect(headers).not.toEqual(good.headers);
    expect(reasonOf(verify(one, { ...good, headers }))).toBe("wrong");
  });
});

const caseOf = (scheme: Scheme): Case => cases.find((one) => one.scheme === scheme) ?? cases[0]!;

test("a sender rotates: of several signatures one is enough", () => {
  const one = caseOf("stripe");
  const [old, next] = [sent(one, { secret: "whsec_old" }), sent(one)].map(({ headers }) => headers["stripe-signature"]);
  const both = `${old},${next?.split(",")[1]},v0=abc`;
  const request = received(one, { ...sent(one), headers: { "stripe-signature": both } });
  expect(verify(one, request).ok).toBe(true);
  expect(verify(one, request, ["whsec_old"]).ok).toBe(true);
  expect(reasonOf(verify(one, request, ["whsec_third"]))).toBe("wrong");
});

test.each([
  ["a time that is not a number", { "stripe-signature": `t=now,v1=${"a".repeat(64)}` }],
  ["two times", { "stripe-signature": `t=1,t=${nowMs / 1_000},v1=${"a".repeat(64)}` }],
  ["no time", { "stripe-signature": `v1=${"a".repeat(64)}` }],
])("stripe: %s", (_, headers) => {
  const one = caseOf("stripe");
  expect(reasonOf(verify(one, received(one, { ...sent(one), headers })))).toBe("unsigned");
});

describe("kommo", () => {
  const one = caseOf("kommo");
  const from = (account: object): ReceivedWebhook => ({
    ...received(one, sendAs("kommo", { ...sending, options: { account } })),
  });
  const sending = { url, id: "1", sentAtMs: nowMs, payload, secret: "" };

  test.each([
    ["of another account", { id: "1", subdomain: "ромашка" }, "wrong"],
    ["of another subdomain", { id: "33445566", subdomain: "лютик" }, "wrong"],
    ["that names no account", {}, "unsigned"],
  ])("a hook %s is refused", (_, account, reason) => {
    expect(reasonOf(verify(one, from(account)))).toBe(reason);
  });

  test("a source that names no account takes nothing", () => {
    expect(reasonOf(verify(one, from({ id: "33445566" }), [], {}))).toBe("misconfigured");
    expect(reasonOf(verify(one, from({ id: "33445566" }), [], { account: {} }))).toBe("misconfigured");
  });

  test("one of the two is enough where the source has one", () => {
    expect(verify(one, from({ id: "33445566" }), [], { account: { id: "33445566" } }).ok).toBe(true);
    expect(verify(one, from({ id: 33445566 }), [], { account: { id: "33445566" } }).ok).toBe(true);
  });
});

test("bitrix24: the token of another portal is refused", () => {
  const one = caseOf("bitrix24");
  const elsewhere = received(one, sent(one, { options: { memberId: "another" } }));
  expect(reasonOf(verify(one, elsewhere))).toBe("wrong");
});

test("bitrix24: where nobody knows the token, the portal's messages are hints and another portal's are refused", () => {
  const one = caseOf("bitrix24");
  const options = { memberId: "a223c6b3710f85df22e9377d6c4f7553", withoutToken: true };
  const good = received(one, sent(one));
  expect(verify(one, good, [], options)).toMatchObject({ ok: true, trust: "hint" });
  expect(reasonOf(verify(one, good, [], { ...options, memberId: "another" }))).toBe("wrong");
  expect(reasonOf(verify(one, good, [], { withoutToken: true }))).toBe("misconfigured");
});

test.each([
  ["185.71.76.0", true],
  ["185.71.76.31", true],
  ["185.71.76.32", false],
  ["185.71.77.5", true],
  ["77.75.153.127", true],
  ["77.75.153.128", false],
  ["77.75.154.128", true],
  ["77.75.154.127", false],
  ["77.75.156.11", true],
  ["77.75.156.12", false],
  ["77.75.156.35", true],
  ["2a02:5180:0:1509::1", true],
  ["2a02:5181::1", false],
  ["::ffff:77.75.156.35", true],
  ["::ffff:1.2.3.4", false],
  ["127.0.0.1", false],
  ["77.75.156.35, 1.2.3.4", false],
  ["", false],
])("yookassa: from %s %s", (remoteAddress, passes) => {
  const one = caseOf("yookassa");
  expect(verify(one, received(one, sent(one), { remoteAddress })).ok).toBe(passes);
});

test("yookassa: addresses of the source's own, for development", () => {
  const one = caseOf("yookassa");
  const local = received(one, sent(one), { remoteAddress: "127.0.0.1" });
  expect(verify(one, local, [], { addresses: ["127.0.0.0/8", "::1"] }).ok).toBe(true);
  expect(reasonOf(verify(one, received(one, sent(one)), [], { addresses: ["127.0.0.0/8"] }))).toBe("wrong");
  for (const bad of ["127.0.0.0/33", "localhost", "::1/129", "1.2.3.4/x", ""]) {
    expect(reasonOf(verify(one, local, [], { addresses: [bad] }))).toBe("misconfigured");
  }
});

test("slack: the challenge is answered, and only to a signed question", () => {
  const one = caseOf("slack");
  const question = sent(one, { payload: { type: "url_verification", challenge: "3eZbrw1aBm2r" } });
  expect(verify(one, received(one, question))).toMatchObject({
    handshake: true,
    answer: { contentType: "text/plain; charset=utf-8", body: "3eZbrw1aBm2r" },
  });
  expect(verify(one, received(one, question), ["other"])).toEqual({ ok: false, reason: "wrong" });
  expect(verify(one, received(one, sent(one)))).not.toHaveProperty("handshake");
});

test("hubspot: a retry in another order and with another attempt has the same key", () => {
  const one = caseOf("hubspot");
  const event = (eventId: number, attemptNumber: number) => ({
    eventId,
    subscriptionId: 7,
    occurredAt: 1_790_000_000_000,
    objectId: 5,
    propertyName: "dealstage",
    attemptNumber,
  });
  const keyOf = (events: readonly object[]): string | false => {
    const rawBody = Buffer.from(JSON.stringify(events));
    const signature = createHmac("sha256", one.signing)
      .update(`POST${hubspotUri(url)}`)
      .update(rawBody)
      .update(String(nowMs))
      .digest("base64");
    const request = received(one, sent(one), { rawBody });
    const headers = { ...request.headers, "x-hubspot-signature-v3": signature };
    const result = verify(one, { ...request, headers });
    return result.ok && result.dedupeKey;
  };
  const first = keyOf([event(1, 0), event(2, 0)]);
  expect(first).not.toBe(false);
  expect(keyOf([event(2, 1), event(1, 1)])).toBe(first);
  expect(keyOf([event(1, 0), event(3, 0)])).not.toBe(first);
  expect(keyOf([event(1, 0)])).not.toBe(first);
});

test.each([
  ["https://a.example/x?y=%3A%2F%3F%40%21%24%27%28%29%2A%2C%3B", "https://a.example/x?y=:/?@!$'()*,;"],
  ["https://a.example/x?y=%3a%2f", "https://a.example/x?y=:/"],
  ["https://a.example/x?y=%20%25%2B%26%3D%23%D0%9F", "https://a.example/x?y=%20%25%2B%26%3D%23%D0%9F"],
  ["https://a.example/x?y=%253A", "https://a.example/x?y=%253A"],
])("hubspot signs %s as %s", (address, signedAs) => {
  expect(hubspotUri(address)).toBe(signedAs);
});

test("an unknown source is refused like a wrong signature", () => {
  const one = caseOf("github");
  expect(refuseUnknown(received(one, sent(one)))).toEqual({ ok: false, reason: "wrong" });
});
