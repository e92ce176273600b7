import { BlockList, isIP } from "node:net";

/** Where a host lies, judged by its name alone; a public name may still resolve to a private address. */
export type HostReach = "loopback" | "metadata" | "private" | "public";

const blockList = (subnets: readonly string[]): BlockList => {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [address = "", prefix] = subnet.split("/");
    list.addSubnet(address, Number(prefix), isIP(address) === 6 ? "ipv6" : "ipv4");
  }
  return list;
};

const loopback = blockList(["127.0.0.0/8", "::1/128"]);
// The addresses under which clouds hand credentials to their machines: AWS and most others, AWS on IPv6, Alibaba,
// Azure's wire server (a public address in form), Oracle, Google on IPv6.
const metadata = blockList([
  "169.254.169.254/32",
  "169.254.170.2/32",
  "169.254.170.23/32",
  "fd00:ec2::254/128",
  "fd00:ec2::23/128",
  "100.100.100.200/32",
  "168.63.129.16/32",
  "192.0.0.192/32",
  "fd20:ce::254/128",
]);
// IANA's special-purpose registries: everything that is not globally reachable, and the ranges that embed an IPv4 address.
const notPublic = blockList([
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "2001::/23",
  "2001:db8::/32",
  "2002::/16",
  "3fff::/20",
]);
// All of IPv6 that is handed out (RFC 4291 §2.4). Outside lie loopback, link-local, unique-local and multicast, NAT64
// and the forms that wrap an IPv4 address: mapped, translated, IPv4-compatible.
const globalUnicast = blockList(["2000::/3"]);

const privateSuffix = /(^|\.)(localdomain|local|internal|intranet|lan|home|corp|home\.arpa)$/;

/** @param host a host as `new URL(...).hostname` of an http URL gives it: lower case, numbers canonical, IPv6 in brackets */
export const hostReach = (host: string): HostReach => {
  const bare = host
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "")
    .toLowerCase();
  const version = isIP(bare);
  if (version !== 0) {
    const family = version === 6 ? "ipv6" : "ipv4";
    if (loopback.check(bare, family)) return "loopback";
    if (metadata.check(bare, family)) return "metadata";
    if (version === 6 && !globalUnicast.check(bare, family)) return "private";
    return notPublic.check(bare, family) ? "private" : "public";
  }
  if (/(^|\.)localhost$/.test(bare)) return "loopback";
  if (/^metadata(\.|$)/.test(bare) || /^instance-data(\.|$)/.test(bare)) return "metadata";
  // A name without a dot resolves only inside a network: a Compose service, a Kubernetes service.
  return privateSuffix.test(bare) || !bare.includes(".") ? "private" : "public";
};

/** The canonical form of a host alone, with tricks such as `0x7f.1` resolved; undefined for anything else. */
export const canonicalHost = (host: string): string | undefined =>
  /^(\[[0-9a-f:.]+\]|[^\s:/\\?#@*[\]]+)$/i.test(host) ? URL.parse(`http://${host}/`)?.hostname : undefined;
