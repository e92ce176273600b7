import { fragment } from "../fragment.ts";
import { canonicalHost, hostReach } from "../private-host.ts";
import { parsedBy, refuse, withDefault } from "../variable.ts";
import type { Refusal } from "../variable.ts";

/** One destination, compared exactly: host in canonical form (IPv6 in brackets), port 1 … 65535. */
export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

const parseEntry = (entry: string): HostAndPort | undefined => {
  const match = /^(.+):(\d{1,5})$/.exec(entry);
  const host = match?.[1] === undefined ? undefined : canonicalHost(match[1]);
  const port = Number(match?.[2]);
  return host !== undefined && port >= 1 && port <= 65_535 ? { host, port } : undefined;
};

const pairs = parsedBy((text): readonly HostAndPort[] | Refusal => {
  const entries = text.split(/[,\s]+/).filter((entry) => entry !== "");
  const parsed = entries.map(parseEntry);
  const bad = parsed.flatMap((entry, index) => (entry === undefined ? [index + 1] : []));
  if (bad.length > 0) return refuse(`has an entry that is not an exact host:port pair (number ${bad.join(", ")}).`);
  return parsed.filter((entry) => entry !== undefined);
});

export const egressEnv = fragment({
  variables: {
    allow: withDefault({
      name: "EGRESS_ALLOW",
      description:
        "Destinations that the guard on tenants' and providers' URLs lets through although they are private: local receivers, sandbox CRMs.",
      form: "exact `host:port` pairs, separated by commas; in production none may be loopback, private or a metadata service",
      example: "127.0.0.1:4010,[::1]:4010",
      default: "",
      fix: "Write exact pairs such as 127.0.0.1:4010, separated by commas; no scheme, no path, no wildcard.",
      schema: pairs,
    }),
  },
  check: ({ allow = [] }, { production, refuse: report }) => {
    const inside = allow.flatMap(({ host }, index) =>
      hostReach(host) === "public" ? [] : [`number ${index + 1}, ${hostReach(host)}`],
    );
    if (!production || inside.length === 0) return;
    report(
      "EGRESS_ALLOW",
      `opens a way inside in production (entry ${inside.join("; entry ")}).`,
      "Remove the entry: in production no tenant's URL may reach a loopback, private or metadata address.",
    );
  },
  build: ({ allow }) => ({ allow }),
});
