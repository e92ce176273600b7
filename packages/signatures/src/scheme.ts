/** How a sender proves itself. The name stands in the source's row and in this package's table of schemes. */
export const schemes = [
  /** https://www.standardwebhooks.com: `webhook-id`, `webhook-timestamp`, `webhook-signature`; v1 and v1a. */
  "standard",
  /** The same signature under `svix-*` headers. */
  "svix",
  "stripe",
  "github",
  "slack",
  /** Signature v3. */
  "hubspot",
  "shopify",
  /** CRM hooks of Kommo and amoCRM: unsigned. The path token found the source; the account must be the source's. */
  "kommo",
  /** Chats API of Kommo and amoCRM: HMAC-SHA1. */
  "amocrm-chats",
  /** `auth[application_token]` in the body. */
  "bitrix24",
  /** HTTP Basic. */
  "pipedrive",
  "telegram",
  /** Unsigned: published addresses. */
  "yookassa",
  /** Acquiring notifications: `Token` in the body. */
  "tbank",
  /** An HMAC that the source's options describe. */
  "hmac",
] as const;

export type Scheme = (typeof schemes)[number];

/** One received request, before anything was parsed. */
export interface ReceivedWebhook {
  readonly method: string;
  /** Absolute, as the sender was told to call it: PUBLIC_URL and the path with its query. HubSpot signs it. */
  readonly url: string;
  /** Names in lower case, as Node gives them; a repeated header as an array or joined. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly rawBody: Buffer;
  readonly nowMs: number;
  /** Of the sender, once the trusted proxies are taken off. */
  readonly remoteAddress: string;
}

/** The `hmac` scheme: what is signed, with what, and where the signature stands. */
export interface HmacOptions {
  readonly algorithm: "sha1" | "sha256" | "sha384" | "sha512";
  readonly encoding: "hex" | "base64" | "base64url";
  /** The header with the signature; several signatures may stand in it, separated by spaces or commas. */
  readonly header: string;
  /** What stands before the signature, such as `sha256=`; a signature without it does not count. */
  readonly prefix?: string;
  /** What is signed. `{body}` must be in it once; further `{timestamp}`, `{id}`, `{method}`, `{url}`. Default `{body}`. */
  readonly template?: string;
  /** How the secret's text becomes the key; default `utf8`. */
  readonly secretEncoding?: "utf8" | "hex" | "base64";
  /** Needed by `{timestamp}`; where it is given, the replay window applies. */
  readonly timestampHeader?: string;
  /** Default `s`. */
  readonly timestampUnit?: "s" | "ms";
  /** Needed by `{id}`; also the dedupe key. */
  readonly idHeader?: string;
  /** RFC 6901, into a JSON body: the dedupe key where no `idHeader` is given. */
  readonly idPointer?: string;
}

/** What a source has beside its secrets. Every scheme reads its own part. */
export interface SchemeOptions {
  /** How far the signed time may be from ours, on either side; default 300 000. */
  readonly toleranceMs?: number;
  /** `kommo`: at least one of the two; what is given must be what the body says. */
  readonly account?: { readonly id?: string; readonly subdomain?: string };
  /** `bitrix24`: the portal; checked beside the token where it is given. */
  readonly memberId?: string;
  /** `bitrix24`: nobody knows the portal's token; what names the portal is a hint. Needs `memberId`. */
  readonly withoutToken?: boolean;
  /** `yookassa`: addresses and subnets (`10.0.0.0/8`) in place of the published ones. */
  readonly addresses?: readonly string[];
  /** `hmac`: required. */
  readonly hmac?: HmacOptions;
}

/**
 * `signed`: the sender signed these bytes. `secret`: the sender knows a secret, which anyone who saw one request knows
 * too. `hint`: nobody proved anything that counts; read the thing again from its API before acting.
 */
export type Trust = "signed" | "secret" | "hint";

export interface VerifiedWebhook {
  readonly ok: true;
  readonly trust: Trust;
  /** At most 200 printable ASCII characters. Equal for what the sender repeats; the body's SHA-256 where it names nothing. */
  readonly dedupeKey: string;
  /** What the sender signed as its time. */
  readonly sentAtMs?: number;
  /** What the sender waits for; an empty 200 where there is none. */
  readonly answer?: { readonly contentType: string; readonly body: string };
  /** A question of the sender's set-up (Slack's challenge): give the answer, store nothing. */
  readonly handshake?: true;
}

/**
 * For our own log and counters; the sender is told nothing but 401. `unsigned`: the proof is missing or is no proof.
 * `wrong`: it does not fit the bytes, the account or the address. `stale`: it fits, its time is out of the window.
 * `malformed`: the body that should hold the proof cannot be read. `misconfigured`: no usable secret or option.
 */
export type RefusalReason = "unsigned" | "wrong" | "stale" | "malformed" | "misconfigured";

export interface RefusedWebhook {
  readonly ok: false;
  readonly reason: RefusalReason;
}

export type VerifyResult = VerifiedWebhook | RefusedWebhook;

/** Several secrets stand during a rotation; any of them will do, and all of them are tried. */
export type VerifyScheme = (
  received: ReceivedWebhook,
  secrets: readonly string[],
  options: SchemeOptions,
) => VerifyResult;
