import { get } from "node:http";
import { useAgent } from "request-filtering-agent";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EgressError } from "../src/egress-error.ts";
import type { GuardedResponse } from "../src/guarded-request.ts";
import { makeGuardedSend } from "../src/make-guarded-send.ts";
import { type NameServer, startNameServer } from "./name-server.ts";
import { recordingDial, type Running, startServer } from "./servers.ts";

/** P stands for the port of a server that listens on loopback and would answer. */
const literals = [
  "127.0.0.1",
  "127.1",
  "127.0.1",
  "127.255.255.254",
  "2130706433",
  "017700000001",
  "0177.0.0.1",
  "0x7f000001",
  "0x7f.0x0.0x0.0x1",
  "0x7f.1",
  "127.0.0.1.",
  "%31%32%37.0.0.1",
  "127\u{3002}0\u{3002}0\u{3002}1",
  "\u{ff11}\u{ff12}\u{ff17}.0.0.1",
  "\u{2460}\u{2461}\u{2466}.\u{24ea}.\u{24ea}.\u{2460}",
  "0.0.0.0",
  "0",
  "[::1]",
  "[0:0:0:0:0:0:0:1]",
  "[::]",
  "[::ffff:127.0.0.1]",
  "[::ffff:7f00:1]",
  "[0:0:0:0:0:ffff:127.0.0.1]",
  "[::127.0.0.1]",
  "[::7f00:1]",
  "[::ffff:0:127.0.0.1]",
  "[64:ff9b::127.0.0.1]",
  "[64:ff9b:1::127.0.0.1]",
  "[2002:7f00:1::]",
  "[2002:a9fe:a9fe::1]",
  "[2001::7f00:1]",
  "10.0.0.1",
  "10.1",
  "167772161",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.1.1",
  "0300.0250.1.1",
  "192.168.257",
  "100.64.0.1",
  "100.127.255.255",
  "169.254.169.254",
  "2852039166",
  "0xa9fea9fe",
  "0251.0376.0251.0376",
  "[::ffff:169.254.169.254]",
  "[fd00:ec2::254]",
  "169.254.170.2",
  "100.100.100.200",
  "168.63.129.16",
  "192.0.0.192",
  "192.0.2.1",
  "198.18.0.1",
  "198.51.100.1",
  "203.0.113.1",
  "192.88.99.1",
  "224.0.0.1",
  "240.0.0.1",
  "255.255.255.255",
  "[fe80::1]",
  "[fc00::1]",
  "[fd12:3456:789a::1]",
  "[fec0::1]",
  "[ff02::1]",
  "[100::1]",
  "[2001:db8::1]",
  "[3fff::1]",
  "[5f00::1]",
  "[4000::1]",
] as const;

const names = [
  "localhost",
  "LOCALHOST.",
  "a.localhost",
  "localhost.localdomain",
  "redis",
  "metadata",
  "metadata.google.internal",
  "instance-data",
  "kubernetes.default.svc.cluster.local",
  "db.internal",
  "nas.home.arpa",
] as const;

/** What the oracle takes for public and would call: IPv4-compatible addresses, Azure's wire server, space not handed out. */
const unknownToOracle: ReadonlySet<string> = new Set(["[::127.0.0.1]", "[::7f00:1]", "168.63.129.16", "[4000::1]"]);

let canary: Running;
let dns: NameServer;
beforeAll(async () => {
  canary = await startServer((_, response) => response.end("inside"));
  dns = await startNameServer();
});
afterAll(async () => {
  await canary.close();
  dns.close();
});

const guarded = (to: Readonly<Record<string, number>> = {}) => {
  const { dial, dialled } = recordingDial(to);
  const send = makeGuardedSend({ allow: [], dns: { servers: [dns.address], timeoutMs: 300 }, dial });
  return { send, dialled };
};

const refusal = async (sending: Promise<GuardedResponse>): Promise<EgressError> => {
  const error: unknown = await sending.catch((error: unknown) => error);
  expect(error).toBeInstanceOf(EgressError);
  return error as EgressError;
};

const message =
  "The address may not be reached from here: it does not resolve, or it is private, malformed or on a port that is not allowed.";

describe("before anything is connected", () => {
  test.each([...literals, ...names])("%s is refused, in words that tell nothing", async (host) => {
    const { send, dialled } = guarded();
    for (const scheme of ["http", "https"]) {
      const error = await refusal(send({ method: "GET", url: `${scheme}://${host}:${canary.port}/` }));
      expect({ code: error.code, message: error.message }).toEqual({ code: "egress_refused", message });
    }
    expect(dialled).toEqual([]);
    expect(dns.questions).toEqual([]);
    await send.close();
  });

  test.each([
    ["another scheme", "file:///etc/passwd", "scheme"],
    ["another scheme with a host", "gopher://example.com:6379/_FLUSHALL", "scheme"],
    ["a scheme that undici would not know", "ftp://example.com/", "scheme"],
    ["no URL", "//example.com/", "url"],
    ["a URL without a host", "http://", "url"],
    ["a port out of range", "http://example.com:99999/", "url"],
    ["a zone", "http://[fe80::1%25eth0]/", "url"],
    ["a number too large for an address", "http://4294967296/", "url"],
    ["credentials that look like a host", "https://kommo.com@127.0.0.1/", "credentials"],
    ["credentials before a public host", "https://user:word@example.com/", "credentials"],
    ["ssh", "http://example.com:22/", "port"],
    ["mail", "https://example.com:25/", "port"],
    ["port 1024", "https://example.com:1024/", "port"],
    ["a backslash before the true host", "http://127.0.0.1\\@example.com/", "host"],
    ["a host that is only the root", "http://./", "host"],
    ["an empty last label twice", "http://example.com../", "host"],
  ])("%s: %s", async (_, url, reason) => {
    const { send, dialled } = guarded();
    const error = await refusal(send({ method: "GET", url }));
    expect({ code: error.code, message: error.message, reason: error.reason }).toEqual({
      code: "egress_refused",
      message,
      reason,
    });
    expect(dialled).toEqual([]);
    await send.close();
  });
});

test.each(literals.filter((host) => !unknownToOracle.has(host)))(
  "request-filtering-agent agrees on %s",
  async (host) => {
    const url = URL.parse(`http://${host}:${canary.port}/`);
    expect(url).not.toBeNull();
    const outcome = await new Promise<string>((resolve) => {
      const request = get(`http://${host}:${canary.port}/`, { agent: useAgent(`http://${host}/`), timeout: 300 });
      request.on("response", (response) => {
        response.resume();
        resolve("answered");
      });
      request.on("timeout", () => request.destroy(new Error("timeout")));
      request.on("error", (error) => resolve(error.message.includes("is not allowed") ? "refused" : error.message));
    });
    expect(outcome).toBe("refused");
  },
);

describe("names", () => {
  const publicAddress = "93.184.216.34";

  test.each([
    ["loopback", ["127.0.0.1"]],
    ["a private address", ["10.0.0.5"]],
    ["a metadata service", ["169.254.169.254"]],
    ["IPv6 loopback", ["::1"]],
    ["a mapped address", ["::ffff:7f00:1"]],
    ["NAT64", ["64:ff9b::7f00:1"]],
    ["a public and a private one", [publicAddress, "127.0.0.1"]],
    ["a public and an IPv6 private one", [publicAddress, "fd00::1"]],
  ])("that resolve to %s are refused before a connect", async (_, addresses) => {
    dns.set("inside.example.com", addresses);
    const { send, dialled } = guarded({ [publicAddress]: canary.port, "127.0.0.1": canary.port });
    const error = await refusal(send({ method: "GET", url: `http://inside.example.com:${canary.port}/` }));
    expect([error.code, error.reason, error.message]).toEqual(["egress_refused", "address", message]);
    expect(dialled).toEqual([]);
    await send.close();
  });

  test("that do not exist are refused in the same words", async () => {
    const { send } = guarded();
    const error = await refusal(send({ method: "GET", url: "https://nobody.example.com/" }));
    expect([error.code, error.reason, error.message]).toEqual(["egress_refused", "unresolved", message]);
    await send.close();
  });

  test("whose server says nothing failed, and nothing more is known", async () => {
    dns.set("silent.example.com", undefined);
    const { send } = guarded();
    const error = await refusal(send({ method: "GET", url: "https://silent.example.com/", connectTimeoutMs: 100 }));
    expect([error.code, error.reason]).toEqual(["egress_failed", "connect_timeout"]);
    await send.close();
  });

  test("that change after the check are asked once, and the checked address is the one connected to", async () => {
    dns.set("rebind.example.com", [publicAddress], ["127.0.0.1"]);
    const before = dns.questions.length;
    const { send, dialled } = guarded({ [publicAddress]: canary.port });
    const url = `http://rebind.example.com:${canary.port}/`;
    const answer = await send({ method: "GET", url });
    expect(answer.address).toBe(publicAddress);
    expect(dialled).toEqual([{ address: publicAddress, port: String(canary.port) }]);
    expect(dns.questions.slice(before).sort()).toEqual(["A rebind.example.com", "AAAA rebind.example.com"]);
    // The kept connection of the first answer is of no use to the second.
    const error = await refusal(send({ method: "GET", url }));
    expect([error.code, error.reason]).toEqual(["egress_refused", "address"]);
    expect(dialled).toHaveLength(1);
    await send.close();
  });

  test("are asked once while an answer holds, however many wait for it", async () => {
    const lasting = await startNameServer(60);
    lasting.set("busy.example.com", [publicAddress], ["127.0.0.1"]);
    const { dial } = recordingDial({ [publicAddress]: canary.port });
    const send = makeGuardedSend({ allow: [], dns: { servers: [lasting.address] }, dial });
    const get = () => send({ method: "GET", url: "http://busy.example.com/" });
    const together = await Promise.all([get(), get(), get()]);
    const addresses = [...together, await get()].map(({ address }) => address);
    expect(new Set(addresses)).toEqual(new Set([publicAddress]));
    expect(lasting.questions.toSorted()).toEqual(["A busy.example.com", "AAAA busy.example.com"]);
    await send.close();
    lasting.close();
  });

  test("in an allowed pair stay exact: neither their subdomains nor other names of that address pass", async () => {
    dns.set("alias.example.com", ["127.0.0.1"]);
    const { dial, dialled } = recordingDial({});
    const send = makeGuardedSend({
      allow: [{ host: "localhost", port: canary.port }],
      dns: { servers: [dns.address] },
      dial,
    });
    for (const host of ["alias.example.com", "127.0.0.1", "a.localhost"]) {
      expect((await refusal(send({ method: "GET", url: `http://${host}:${canary.port}/` }))).code).toBe(
        "egress_refused",
      );
    }
    const otherPort = await refusal(send({ method: "GET", url: `http://localhost:${canary.port + 1}/` }));
    expect(otherPort.code).toBe("egress_refused");
    expect(dialled).toEqual([]);
    await send.close();
  });
});

test("a redirect is an answer: where it points is not visited", async () => {
  const publicAddress = "93.184.216.34";
  const before = canary.connections();
  for (const location of [`http://127.0.0.1:${canary.port}/`, "http://169.254.169.254/latest/meta-data/"]) {
    for (const status of [301, 302, 303, 307, 308]) {
      const redirecting = await startServer((_, response) => response.writeHead(status, { location }).end());
      dns.set("hooks.example.com", [publicAddress]);
      const { send, dialled } = guarded({ [publicAddress]: redirecting.port });
      const answer = await send({ method: "POST", url: "http://hooks.example.com/", body: "{}" });
      expect([answer.status, answer.headers["location"]]).toEqual([status, location]);
      expect(dialled).toHaveLength(1);
      await send.close();
      await redirecting.close();
    }
  }
  expect(canary.connections()).toBe(before);
});

test("our own hosts are refused, however they are written", async () => {
  const { dial, dialled } = recordingDial({});
  const send = makeGuardedSend({ allow: [], ownHosts: ["api.example.com"], dns: { servers: [dns.address] }, dial });
  for (const host of ["api.example.com", "API.Example.COM", "api.example.com.", "api。example。com"]) {
    const error = await refusal(send({ method: "POST", url: `https://${host}/hooks/token` }));
    expect([error.code, error.reason]).toEqual(["egress_refused", "own_host"]);
  }
  expect(dialled).toEqual([]);
  await send.close();
});
