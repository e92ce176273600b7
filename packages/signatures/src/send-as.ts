import { hmac } from "./equal.ts";
import type { HmacOptions, Scheme, SchemeOptions } from "./scheme.ts";
import { hmacKey } from "./schemes/hmac.ts";
import { hubspotUri } from "./schemes/hubspot.ts";
import { tbankToken } from "./schemes/tbank.ts";
import { signStandard } from "./sign-standard.ts";
import { toForm } from "./to-form.ts";

/** One event as a sender of some scheme would send it to a source. */
export interface Sending {
  /** Where the source listens. */
  readonly url: string;
  /** The event's name at its sender. */
  readonly id: string;
  readonly sentAtMs: number;
  readonly payload: Readonly<Record<string, unknown>>;
  /** As the source has it; for `standard` and `svix` also `whsk_…`, whose public half the source has. */
  readonly secret: string;
  readonly options?: SchemeOptions;
}

export interface SentWebhook {
  readonly method: "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const json = (payload: Readonly<Record<string, unknown>>, headers: Readonly<Record<string, string>>): SentWebhook => ({
  method: "POST",
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(payload),
});

const form = (payload: Readonly<Record<string, unknown>>): SentWebhook => ({
  method: "POST",
  headers: { "content-type": "application/x-www-form-urlencoded" },
  body: toForm(payload),
});

/** Headers that depend on the body's text. */
const signed = (
  payload: Readonly<Record<string, unknown>>,
  headersFor: (body: string) => Readonly<Record<string, string>>,
): SentWebhook => {
  const plain = json(payload, {});
  return { ...plain, headers: { ...plain.headers, ...headersFor(plain.body) } };
};

const seconds = (ms: number): string => String(Math.floor(ms / 1_000));

const describedByOptions = (sending: Sending, options: HmacOptions, body: string): Readonly<Record<string, string>> => {
  const timestamp = options.timestampUnit === "ms" ? String(sending.sentAtMs) : seconds(sending.sentAtMs);
  const text = (options.template ?? "{body}").replace(
    /\{(body|timestamp|id|method|url)\}/g,
    (_, name: string) => ({ body, timestamp, id: sending.id, method: "POST", url: sending.url })[name] ?? "",
  );
  const key = hmacKey(sending.secret, options.secretEncoding) ?? sending.secret;
  return {
    [options.header.toLowerCase()]: `${options.prefix ?? ""}${hmac(options.algorithm, key, [text], options.encoding)}`,
    ...(options.timestampHeader !== undefined && { [options.timestampHeader.toLowerCase()]: timestamp }),
    ...(options.idHeader !== undefined && { [options.idHeader.toLowerCase()]: sending.id }),
  };
};

const table: Readonly<Record<Scheme, (sending: Sending) => SentWebhook>> = {
  standard: ({ id, sentAtMs, payload, secret }) =>
    signed(payload, (body) => ({ ...signStandard({ id, sentAtMs, body }, [secret]) })),
  svix: ({ id, sentAtMs, payload, secret }) =>
    signed(payload, (body) => {
      const headers = signStandard({ id, sentAtMs, body }, [secret]);
      return {
        "svix-id": headers["webhook-id"],
        "svix-timestamp": headers["webhook-timestamp"],
        "svix-signature": headers["webhook-signature"],
      };
    }),
  stripe: ({ id, sentAtMs, payload, secret }) =>
    signed({ id, object: "event", ...payload }, (body) => {
      const signature = hmac("sha256", secret, [`${seconds(sentAtMs)}.${body}`], "hex");
      return { "stripe-signature": `t=${seconds(sentAtMs)},v1=${signature}` };
    }),
  github: ({ id, payload, secret }) =>
    signed(payload, (body) => ({
      "x-github-delivery": id,
      "x-hub-signature-256": `sha256=${hmac("sha256", secret, [body], "hex")}`,
    })),
  slack: ({ id, sentAtMs, payload, secret }) =>
    signed({ type: "event_callback", event_id: id, ...payload }, (body) => ({
      "x-slack-request-timestamp": seconds(sentAtMs),
      "x-slack-signature": `v0=${hmac("sha256", secret, [`v0:${seconds(sentAtMs)}:${body}`], "hex")}`,
    })),
  hubspot: ({ id, sentAtMs, payload, secret, url }) => {
    const body = JSON.stringify([{ eventId: id, subscriptionId: 1, occurredAt: 1_700_000_000_000, ...payload }]);
    const message = `POST${hubspotUri(url)}${body}${sentAtMs}`;
    return {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-hubspot-request-timestamp": String(sentAtMs),
        "x-hubspot-signature-v3": hmac("sha256", secret, [message], "base64"),
      },
      body,
    };
  },
  shopify: ({ id, payload, secret }) =>
    signed(payload, (body) => ({
      "x-shopify-topic": "orders/updated",
      "x-shopify-event-id": id,
      "x-shopify-hmac-sha256": hmac("sha256", secret, [body], "base64"),
    })),
  kommo: ({ id, payload, options }) => form({ ...payload, hook: id, account: { ...options?.account } }),
  "amocrm-chats": ({ id, payload, secret }) =>
    signed({ ...payload, message: { message: { id } } }, (body) => ({
      "x-signature": hmac("sha1", secret, [body], "hex"),
    })),
  bitrix24: ({ id, payload, secret, options }) =>
    form({
      event: "ONCRMDEALUPDATE",
      event_handler_id: "1",
      data: { FIELDS: { ID: id } },
      ts: "1700000000",
      ...payload,
      auth: { application_token: secret, member_id: options?.memberId },
    }),
  pipedrive: ({ id, payload, secret }) =>
    json(
      {
        meta: {
          webhook_id: "1",
          entity: "deal",
          entity_id: id,
          action: "change",
          timestamp: "2026-01-01T00:00:00.000Z",
        },
        ...payload,
      },
      { authorization: `Basic ${Buffer.from(secret).toString("base64")}` },
    ),
  telegram: ({ id, payload, secret }) =>
    json({ update_id: id, ...payload }, { "x-telegram-bot-api-secret-token": secret }),
  yookassa: ({ id, payload }) =>
    json({ type: "notification", event: "payment.succeeded", object: { id, status: "succeeded" }, ...payload }, {}),
  tbank: ({ id, payload, secret }) => {
    const named = { TerminalKey: "1234567890DEMO", PaymentId: id, Status: "CONFIRMED", Amount: 1_000, ...payload };
    const scalars = Object.entries(named).flatMap(([name, value]) =>
      typeof value === "object" || value === undefined ? [] : [[name, String(value)] as const],
    );
    return json({ ...named, Token: tbankToken(new Map(scalars), secret) }, {});
  },
  hmac: (sending) =>
    signed({ ...sending.payload }, (body) =>
      sending.options?.hmac === undefined ? {} : describedByOptions(sending, sending.options.hmac, body),
    ),
};

/** For development, demos and tests: nobody but a test server gets such a request from us. */
export const sendAs = (scheme: Scheme, sending: Sending): SentWebhook => table[scheme](sending);
