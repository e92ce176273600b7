import { fragment } from "../fragment.ts";
import { hostReach } from "../private-host.ts";
import { makeSecret } from "../secret.ts";
import type { Secret } from "../secret.ts";
import { isPlaceholder, optional, parsedBy, refuse, required, secretText, withDefault } from "../variable.ts";
import type { Refusal } from "../variable.ts";

/** Upstash shows a REST address first; queues need its TCP address, which follows from host and token. */
type Address =
  | { readonly kind: "tcp"; readonly host: string; readonly tls: boolean; readonly url: Secret }
  | { readonly kind: "rest"; readonly host: string; readonly token: Secret | undefined };

const upstashFix =
  "Queues need Redis over TCP. Set UPSTASH_REDIS_REST_TOKEN beside it, or copy the rediss:// address from the Upstash console (Connect, TCP).";

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
};

const address = parsedBy((text): Address | Refusal => {
  const url = /\s/.test(text) ? null : URL.parse(text);
  if (url === null) {
    return refuse(
      "is not a URL.",
      "Write redis://user:password@host:6379; characters such as @ / # % in the password are percent-encoded.",
    );
  }
  if (isPlaceholder(url.href) || isPlaceholder(url.hostname))
    return refuse("still holds the placeholder of an example.");
  const password = decoded(url.password);
  const user = decoded(url.username);
  if (password === undefined || user === undefined) {
    return refuse(
      "has a user name or password that is not percent-encoded.",
      "Write % as %25, @ as %40, / as %2F, # as %23.",
    );
  }
  if (url.protocol === "https:") {
    // https://TOKEN@host, https://:TOKEN@host and https://default:TOKEN@host are all seen.
    const token = password || user;
    return { kind: "rest", host: url.hostname, token: token === "" ? undefined : makeSecret(token) };
  }
  if (url.protocol !== "redis:" && url.protocol !== "rediss:") {
    return refuse(`does not begin with redis://, rediss:// or https://.`);
  }
  if (url.hostname === "") return refuse("names no host.", "Write redis://host:6379.");
  if (!/^\/?\d*$/.test(url.pathname))
    return refuse("has a path that is not a database number.", "End it after the port, or with /0.");
  return { kind: "tcp", host: url.hostname, tls: url.protocol === "rediss:", url: makeSecret(text) };
});

const keyPart = parsedBy((text) => {
  if (text.includes(":")) return refuse('holds a ":".', 'Leave the ":" out; it separates the parts of a Redis key.');
  return /^[\w.{}-]{1,100}$/.test(text) ? text : refuse("holds a character outside A-Z a-z 0-9 . _ - { }.");
});

export const redisEnv = fragment({
  variables: {
    address: required({
      name: "REDIS_URL",
      description: "The Redis that holds the queues. A password in it is percent-encoded.",
      form: "`redis://`, `rediss://`, or Upstash's `https://` with its token",
      example: "redis://localhost:6379",
      secret: true,
      fix: "Write redis://host:6379 or rediss://default:PASSWORD@host:6379. For local work run `pnpm dev`, which starts a Redis and sets it.",
      schema: address,
    }),
    restToken: optional({
      name: "UPSTASH_REDIS_REST_TOKEN",
      description: "Upstash's token; needed only where REDIS_URL is its https:// address without one.",
      form: "the token from the Upstash console",
      example: "",
      secret: true,
      fix: "Copy the token from the Upstash console.",
      schema: secretText(),
    }),
    baseName: withDefault({
      name: "JOB_QUEUE_NAME",
      description: "Base name of the queues, the same in all apps: `agent-jobs` makes `agent-jobs-kb-files` and so on.",
      form: 'letters, digits, `.` `_` `-`; no ":"',
      example: "agent-jobs",
      default: "agent-jobs",
      fix: "Write letters, digits, dots, underscores and dashes only.",
      schema: keyPart,
    }),
    prefix: withDefault({
      name: "JOB_QUEUE_PREFIX",
      description: "What every Redis key begins with; `{bull}` for Redis Cluster.",
      form: 'letters, digits, `.` `_` `-` `{` `}`; no ":"',
      example: "bull",
      default: "bull",
      fix: "Write letters, digits, dots, underscores, dashes and braces only.",
      schema: keyPart,
    }),
  },
  check: ({ address: given }, { inContainer, isSet, refuse: report, warn }) => {
    if (given === undefined) return;
    if (given.kind === "rest" && given.token === undefined && !isSet("UPSTASH_REDIS_REST_TOKEN")) {
      report("REDIS_URL", "is Upstash's REST address (https) without a token.", upstashFix);
    }
    if (inContainer && hostReach(given.host) === "loopback") {
      warn(
        "REDIS_URL",
        "points at localhost, and this is a container: only what runs in the same container is there. Otherwise name the host or the service.",
      );
    }
    if (given.kind === "tcp" && !given.tls && /\.upstash\.io$/i.test(given.host)) {
      warn(
        "REDIS_URL",
        "is an Upstash address without TLS, which Upstash refuses: write rediss:// instead of redis://.",
      );
    }
  },
  build: ({ address: given, restToken, baseName, prefix }) => {
    if (given.kind === "tcp") return { url: given.url, baseName, prefix };
    const token = given.token ?? restToken;
    const url = makeSecret(`rediss://default:${encodeURIComponent(token?.reveal() ?? "")}@${given.host}:6379`);
    return { url, baseName, prefix };
  },
});
