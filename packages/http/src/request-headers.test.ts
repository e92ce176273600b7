import { expect, test } from "vitest";
import { EgressError } from "./egress-error.ts";
import { isSendableHeader, wireHeaders } from "./request-headers.ts";

test.each([
  ["x-own", "value"],
  ["Authorization", "Bearer a.b-c"],
  ["x-empty", ""],
  ["x-latin", "caf\u00e9"],
])("%s: %j may be sent", (name, value) => {
  expect(isSendableHeader(name, value)).toBe(true);
});

test.each([
  ["Host", "127.0.0.1"],
  ["transfer-encoding", "chunked"],
  ["Content-Length", "0"],
  ["connection", "upgrade"],
  ["Upgrade", "h2c"],
  ["proxy-authorization", "Basic eA=="],
  ["Expect", "100-continue"],
  ["TE", "trailers"],
  ["x-own", "a\r\nhost: inside"],
  ["x-own", "a\nb"],
  ["x-own", "a\0b"],
  ["x-own", "имя"],
  ["x own", "a"],
  ["x-own:", "a"],
  ["x-own\r\nhost", "a"],
  ["", "a"],
  ["имя", "a"],
])("%j: %j may not", (name, value) => {
  expect(isSendableHeader(name, value)).toBe(false);
  expect(() => wireHeaders({ [name]: value })).toThrow(EgressError);
});

test("no encoding is asked for unless the caller asks", () => {
  expect(wireHeaders({ a: "1" })).toEqual(["a", "1", "accept-encoding", "identity"]);
  expect(wireHeaders({ "Accept-Encoding": "gzip" })).toEqual(["Accept-Encoding", "gzip"]);
});
