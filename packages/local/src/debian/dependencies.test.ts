import { expect, test } from "vitest";
import { parseDepends, withLibraries } from "./dependencies.ts";

// What `apt-cache depends --recurse` prints, shortened.
const output = `redis-server
  Depends: redis-tools
 |Depends: lsb-base
  Depends: sysvinit-utils
  PreDepends: <init-system>
redis-tools
  Depends: libc6
  Depends: libssl3
 |Depends: libsystemd0
  Depends: libelogind0
libssl3
  Depends: libc6
  Depends: libz1
libsystemd0
libelogind0
libz1
lsb-base
  Depends: libperl5.36
`;

test("a package's own needs, the first of alternatives, no virtual packages", () => {
  const graph = parseDepends(output);
  expect(graph.get("redis-server")).toEqual(["redis-tools", "lsb-base"]);
  expect(graph.get("redis-tools")).toEqual(["libc6", "libssl3", "libsystemd0"]);
});

test("libraries are followed through libraries; the C library and other programs are left out", () => {
  expect(withLibraries(["redis-server", "redis-tools"], parseDepends(output))).toEqual([
    "redis-server",
    "redis-tools",
    "libssl3",
    "libsystemd0",
    "libz1",
  ]);
});

test("libraries that need each other end", () => {
  const graph = new Map([
    ["liba", ["libb"]],
    ["libb", ["liba"]],
  ]);
  expect(withLibraries(["liba"], graph)).toEqual(["liba", "libb"]);
});
