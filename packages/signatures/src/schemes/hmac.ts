import { bodyKey, dedupeKeyOf } from "../dedupe-key.ts";
import { hmacMatches } from "../equal.ts";
import { bodyOf, headerOf, isFresh, refused, textAt, timeOf } from "../read-received.ts";
import type { HmacOptions, ReceivedWebhook, VerifyScheme } from "../scheme.ts";

const placeholder = /\{(body|timestamp|id|method|url)\}/;

/** What is wrong with a source's options, in words for who writes them; undefined where nothing is. */
export const hmacOptionsProblem = (options: HmacOptions): string | undefined => {
  const template = options.template ?? "{body}";
  if (template.split("{body}").length !== 2) return "The template must have {body} exactly once.";
  if (template.includes("{timestamp}") && options.timestampHeader === undefined) {
    return "The template has {timestamp}, but there is no timestampHeader.";
  }
  if (options.timestampHeader !== undefined && !template.includes("{timestamp}")) {
    return "There is a timestampHeader, but the template has no {timestamp}: a time that is not signed proves nothing.";
  }
  if (template.includes("{id}") && options.idHeader === undefined) {
    return "The template has {id}, but there is no idHeader.";
  }
  if (options.idPointer !== undefined && !/^(\/([^~/]|~[01])*)+$/.test(options.idPointer)) {
    return "idPointer must be a JSON pointer such as /data/id.";
  }
  return undefined;
};

/** The key that a secret's text stands for; undefined where it is not in that encoding. */
export const hmacKey = (secret: string, encoding: HmacOptions["secretEncoding"] = "utf8"): Buffer | undefined => {
  const key = Buffer.from(secret, encoding);
  const sameText = (written: string): boolean =>
    encoding === "hex"
      ? written === secret.toLowerCase()
      : encoding === "utf8" || written.replace(/=+$/, "") === secret.replace(/=+$/, "");
  return key.length > 0 && sameText(key.toString(encoding)) ? key : undefined;
};

const headerNamed = (received: ReceivedWebhook, name: string | undefined): string | undefined =>
  name === undefined ? undefined : headerOf(received, name.toLowerCase());

/** RFC 6901. */
const atPointer = (body: unknown, pointer: string | undefined): string | undefined =>
  pointer === undefined
    ? undefined
    : textAt(
        body,
        ...pointer
          .slice(1)
          .split("/")
          .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~")),
      );

const signaturesIn = (header: string, { prefix = "", encoding }: HmacOptions): readonly string[] =>
  header
    .split(/[\s,]+/, 16)
    .flatMap((entry) => (entry !== "" && entry.startsWith(prefix) ? [entry.slice(prefix.length)] : []))
    .map((signature) => (encoding === "hex" ? signature.toLowerCase() : signature));

/** For everybody without a scheme of their own. */
export const verifyHmac: VerifyScheme = (received, secrets, options) => {
  const form = options.hmac;
  const keys = secrets.flatMap((secret) => hmacKey(secret, form?.secretEncoding) ?? []);
  const timestamp = headerNamed(received, form?.timestampHeader);
  const id = headerNamed(received, form?.idHeader);
  const parts: Readonly<Record<string, string | Buffer>> = {
    body: received.rawBody,
    timestamp: timestamp ?? "",
    id: id ?? "",
    method: received.method,
    url: received.url,
  };
  const message = (form?.template ?? "{body}")
    .split(placeholder)
    .map((part, at) => (at % 2 === 0 ? part : (parts[part] ?? "")));
  const signatures = form === undefined ? [] : signaturesIn(headerNamed(received, form.header) ?? "", form);
  const matches = hmacMatches({
    algorithm: form?.algorithm ?? "sha256",
    keys,
    message,
    signatures,
    encoding: form?.encoding ?? "hex",
  });
  if (form === undefined || hmacOptionsProblem(form) !== undefined || keys.length === 0)
    return refused("misconfigured");
  if (signatures.length === 0) return refused("unsigned");
  if (!matches) return refused("wrong");
  const sentAtMs = timeOf(timestamp, form.timestampUnit ?? "s");
  if (form.timestampHeader !== undefined) {
    if (sentAtMs === undefined) return refused("unsigned");
    if (!isFresh(sentAtMs, received, options)) return refused("stale");
  }
  const named = form.idHeader === undefined ? atPointer(bodyOf(received), form.idPointer) : id;
  const dedupeKey = dedupeKeyOf(named) ?? bodyKey(received.rawBody);
  return { ok: true, trust: "signed", dedupeKey, ...(sentAtMs !== undefined && { sentAtMs }) };
};
