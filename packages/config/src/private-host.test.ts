import { expect, test } from "vitest";
import { canonicalHost, hostReach } from "./private-host.ts";

test.each([
  ["localhost", "loopback"],
  ["api.localhost.", "loopback"],
  ["127.0.0.1", "loopback"],
  ["127.9.9.9", "loopback"],
  ["0x7f.1", "loopback"],
  ["2130706433", "loopback"],
  ["[::1]", "loopback"],
  ["[::ffff:127.0.0.1]", "loopback"],
  ["169.254.169.254", "metadata"],
  ["[::ffff:169.254.169.254]", "metadata"],
  ["[fd00:ec2::254]", "metadata"],
  ["100.100.100.200", "metadata"],
  ["168.63.129.16", "metadata"],
  ["192.0.0.192", "metadata"],
  ["[fd20:ce::254]", "metadata"],
  ["[::ffff:168.63.129.16]", "metadata"],
  ["metadata.google.internal", "metadata"],
  ["0.0.0.0", "private"],
  ["10.1.2.3", "private"],
  ["172.31.0.1", "private"],
  ["192.168.1.1", "private"],
  ["[::ffff:10.0.0.1]", "private"],
  ["[::]", "private"],
  ["[fd12:3456::1]", "private"],
  ["[fe80::1]", "private"],
  ["[64:ff9b::7f00:1]", "private"],
  ["[2002:7f00:1::]", "private"],
  ["[64:ff9b:1::a00:1]", "private"],
  ["[::127.0.0.1]", "private"],
  ["[::ffff:8.8.8.8]", "private"],
  ["[::ffff:0:127.0.0.1]", "private"],
  ["[2001::1]", "private"],
  ["[4000::1]", "private"],
  ["[100::1]", "private"],
  ["[5f00::1]", "private"],
  ["[3fff::1]", "private"],
  ["[fec0::1]", "private"],
  ["[ff02::1]", "private"],
  ["192.88.99.1", "private"],
  ["redis", "private"],
  ["db.internal", "private"],
  ["printer.local", "private"],
  ["172.32.0.1", "public"],
  ["93.184.216.34", "public"],
  ["[2606:4700::1111]", "public"],
  ["example.com", "public"],
  ["localhost.example.com", "public"],
  ["пример.рф", "public"],
])("%s is %s", (host, reach) => {
  const canonical = canonicalHost(host);
  expect(canonical === undefined ? undefined : hostReach(canonical)).toBe(reach);
});

test.each(["a b", "user@host", "host/path", "host?x", "host:80", "", "[::1", "*.example.com", "a\\b"])(
  "%j is no host",
  (host) => {
    expect(canonicalHost(host)).toBeUndefined();
  },
);
