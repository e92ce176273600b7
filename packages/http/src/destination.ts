import { canonicalHost, hostReach } from "@gpt-agent/config/private-host";
import { EgressError } from "./egress-error.ts";

/** Where a request goes, judged as far as its URL tells: a name's addresses are judged once they are known. */
export interface Destination {
  /** `https://hooks.example.com:8443`, host canonical. */
  readonly origin: string;
  /** Canonical, without the root's dot; IPv6 in brackets. */
  readonly host: string;
  readonly port: number;
  /** With the query, percent-encoded. */
  readonly path: string;
  /** Named in EGRESS_ALLOW: its addresses may be private. */
  readonly allowed: boolean;
}

export interface Policy {
  /** `host:port`, canonical. */
  readonly allowed: ReadonlySet<string>;
  readonly ownHosts: ReadonlySet<string>;
}

/** The web's ports; above 1024 stand the receivers of people who may not open the ones below. */
const wellKnownPorts: ReadonlySet<number> = new Set([80, 443, 8443]);

const bare = (host: string): string => host.replace(/\.$/, "");

const canonical = (host: string): string => bare(canonicalHost(host) ?? host.toLowerCase());

export const makePolicy = (
  allow: readonly { readonly host: string; readonly port: number }[],
  ownHosts: readonly string[],
): Policy => ({
  allowed: new Set(allow.map(({ host, port }) => `${canonical(host)}:${port}`)),
  ownHosts: new Set(ownHosts.map(canonical)),
});

/** `kommo.com` holds `a.kommo.com` and itself, never `evilkommo.com`. */
const endsWithOneOf = (host: string, suffixes: readonly string[]): boolean =>
  suffixes.some((suffix) => {
    const wanted = canonical(suffix);
    return host === wanted || host.endsWith(`.${wanted}`);
  });

/**
 * The URL parser is the one that the connection uses, so `0x7f.1`, `2130706433` or full-width digits are what they mean.
 * @throws {EgressError} `egress_refused`
 */
export const readDestination = (
  text: string,
  hostSuffixes: readonly string[] | undefined,
  policy: Policy,
): Destination => {
  const url = URL.parse(text);
  if (url === null) throw new EgressError("egress_refused", "url");
  if (url.protocol !== "https:" && url.protocol !== "http:") throw new EgressError("egress_refused", "scheme");
  // Whatever stands there would be sent to whoever answers, and confuses the eye: https://kommo.com@evil.example/
  if (url.username !== "" || url.password !== "") throw new EgressError("egress_refused", "credentials");
  const host = bare(url.hostname);
  if (host.split(".").includes("")) throw new EgressError("egress_refused", "host");
  if (hostSuffixes !== undefined && !endsWithOneOf(host, hostSuffixes)) {
    throw new EgressError("egress_refused", "suffix");
  }
  if (policy.ownHosts.has(host)) throw new EgressError("egress_refused", "own_host");
  const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
  const allowed = policy.allowed.has(`${host}:${port}`);
  if (!allowed) {
    if (!wellKnownPorts.has(port) && port <= 1024) throw new EgressError("egress_refused", "port");
    if (hostReach(host) !== "public") throw new EgressError("egress_refused", "host");
  }
  return { origin: `${url.protocol}//${host}:${port}`, host, port, path: `${url.pathname}${url.search}`, allowed };
};
