import { BlockList, isIP } from "node:net";
import { bodyKey, dedupeKeyOf } from "../dedupe-key.ts";
import { bodyOf, refused, textAt } from "../read-received.ts";
import type { VerifyScheme } from "../scheme.ts";

/** https://yookassa.ru/developers/using-api/webhooks#ip */
const published = [
  "185.71.76.0/27",
  "185.71.77.0/27",
  "77.75.153.0/25",
  "77.75.154.128/25",
  "77.75.156.11",
  "77.75.156.35",
  "2a02:5180::/32",
];

const family = (address: string): "ipv4" | "ipv6" => (isIP(address) === 6 ? "ipv6" : "ipv4");

/** Undefined where an entry is no address or subnet. */
const listOf = (entries: readonly string[]): BlockList | undefined => {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = "", bits] = entry.split("/");
    const maxBits = isIP(address) === 6 ? 128 : 32;
    if (isIP(address) === 0 || (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= maxBits))) {
      return undefined;
    }
    list.addSubnet(address, bits === undefined ? maxBits : Number(bits), family(address));
  }
  return list;
};
const publishedList = listOf(published);

/** Nothing is signed: the addresses are published, and what counts is read again with GET /v3/payments/{id}. */
export const verifyYookassa: VerifyScheme = (received, _secrets, { addresses }) => {
  const whole = bodyKey(received.rawBody);
  const list = addresses === undefined ? publishedList : listOf(addresses);
  if (list === undefined) return refused("misconfigured");
  // A server that listens on IPv6 sees IPv4 callers as ::ffff:a.b.c.d.
  const address = received.remoteAddress.replace(/^::ffff:(?=\d+\.)/i, "");
  if (isIP(address) === 0) return refused("unsigned");
  if (!list.check(address, family(address))) return refused("wrong");
  const body = bodyOf(received);
  const dedupeKey = dedupeKeyOf(textAt(body, "event"), textAt(body, "object", "id"), textAt(body, "object", "status"));
  return { ok: true, trust: "hint", dedupeKey: dedupeKey ?? whole };
};
