import fc from "fast-check";
import { expect, test } from "vitest";
import { makePolicy, readDestination } from "./destination.ts";
import { EgressError } from "./egress-error.ts";

const policy = makePolicy([{ host: "[::1]", port: 4010 }], ["api.ours.example"]);

const reasonFor = (url: string, suffixes?: readonly string[]): string => {
  try {
    readDestination(url, suffixes, policy);
    return "passes";
  } catch (error) {
    expect(error).toBeInstanceOf(EgressError);
    return (error as EgressError).reason;
  }
};

test.each([
  ["https://sub.kommo.com/api/v4", "passes"],
  ["https://kommo.com/", "passes"],
  ["https://SUB.Kommo.Com./", "passes"],
  ["https://evilkommo.com/", "suffix"],
  ["https://kommo.com.evil.example/", "suffix"],
  ["https://kommo.com%2eevil.example/", "suffix"],
  ["https://kommo.com%00.evil.example/", "url"],
  ["https://evil.example/kommo.com", "suffix"],
  ["https://evil.example#.kommo.com", "suffix"],
  ["https://evil.example\\.kommo.com", "suffix"],
  ["https://kommo.com@evil.example/", "credentials"],
  ["https://.kommo.com/", "host"],
  ["https://kоmmo.com/", "suffix"],
  ["https://127.0.0.1/", "suffix"],
  ["https://портал.битрикс24.рф/rest", "passes"],
])("pinned to a provider's hosts: %s %s", (url, reason) => {
  expect(reasonFor(url, ["kommo.com", "amocrm.ru", "битрикс24.рф"])).toBe(reason);
});

test.each([
  ["http://example.com/", "http://example.com:80"],
  ["https://example.com/", "https://example.com:443"],
  ["https://example.com:8443/", "https://example.com:8443"],
  ["https://example.com:1025/", "https://example.com:1025"],
  ["http://[::1]:4010/", "http://[::1]:4010"],
  ["http://[0:0:0:0:0:0:0:1]:4010/", "http://[::1]:4010"],
  ["https://пример.рф/", "https://xn--e1afmkfd.xn--p1ai:443"],
])("%s is %s", (url, origin) => {
  expect(readDestination(url, undefined, policy).origin).toBe(origin);
});

test.each([
  ["http://[::1]:4011/", "host"],
  ["http://example.com:81/", "port"],
  ["http://example.com:1024/", "port"],
  ["https://api.ours.example/hooks/x", "own_host"],
])("%s is refused: %s", (url, reason) => {
  expect(reasonFor(url)).toBe(reason);
});

test("no spelling of a number or an IPv4 address reaches loopback", () => {
  const spelt = (byte: number, style: number): string =>
    style === 0 ? String(byte) : style === 1 ? `0${byte.toString(8)}` : `0x${byte.toString(16)}`;
  fc.assert(
    fc.property(
      fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255)),
      fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2), fc.nat(2)),
      fc.integer({ min: 1, max: 4 }),
      ([b, c, d], styles, parts) => {
        const bytes = [127, b, c, d];
        const tail = bytes.slice(parts - 1).reduce((sum, byte) => sum * 256 + byte, 0);
        const host = [...bytes.slice(0, parts - 1), tail]
          .map((part, index) => spelt(part, styles[index] ?? 0))
          .join(".");
        expect(reasonFor(`http://${host}/`)).toBe("host");
      },
    ),
  );
});
