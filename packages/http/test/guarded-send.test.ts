import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { EgressError } from "../src/egress-error.ts";
import type { GuardedRequest } from "../src/guarded-request.ts";
import { type GuardedSender, makeGuardedSend } from "../src/make-guarded-send.ts";
import { type NameServer, startNameServer } from "./name-server.ts";
import { selfSigned } from "./self-signed.ts";
import { recordingDial, type Running, startServer, startTlsServer } from "./servers.ts";

const publicAddress = "93.184.216.34";
const second = "93.184.216.35";

let dns: NameServer;
beforeAll(async () => {
  dns = await startNameServer();
});
afterAll(() => dns.close());

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});
const server = async (...args: Parameters<typeof startServer>): Promise<Running> => {
  const running = await startServer(...args);
  closing.push(running.close);
  return running;
};
const allowing = (...ports: readonly number[]): GuardedSender => {
  const send = makeGuardedSend({ allow: ports.map((port) => ({ host: "127.0.0.1", port })) });
  closing.push(send.close);
  return send;
};
const failure = async (sending: Promise<unknown>): Promise<EgressError> => {
  const error: unknown = await sending.catch((error: unknown) => error);
  expect(error).toBeInstanceOf(EgressError);
  return error as EgressError;
};

test("what is asked arrives as it was asked, and what is answered comes back as it was answered", async () => {
  const bytes = Buffer.from([0, 255, 10, 13, 200]);
  const { port } = await server(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    response.writeHead(201, [
      ["X-Twice", "a"],
      ["X-Twice", "b"],
    ]);
    response.end(JSON.stringify([request.method, request.url, request.headers, Buffer.concat(chunks).toString("hex")]));
  });
  const answer = await allowing(port)({
    method: "PUT",
    url: `http://127.0.0.1:${port}/a%20b/../c?d=%D0%BF&e=ё#not-sent`,
    headers: { "Content-Type": "application/x-own", "x-org": "ours" },
    body: bytes.subarray(1),
  });
  const [method, url, headers, body] = JSON.parse(answer.body.toString()) as [string, string, object, string];
  expect([method, url, body]).toEqual(["PUT", "/c?d=%D0%BF&e=%D1%91", "ff0a0dc8"]);
  expect(headers).toEqual({
    host: `127.0.0.1:${port}`,
    connection: "keep-alive",
    "content-type": "application/x-own",
    "x-org": "ours",
    "accept-encoding": "identity",
    "content-length": "4",
  });
  expect(answer).toMatchObject({ status: 201, truncated: false, address: "127.0.0.1" });
  expect(answer.headers["x-twice"]).toBe("a, b");
});

test("the name goes into SNI, certificate check and Host; the connection goes to the checked address", async () => {
  const certificate = selfSigned("hooks.example.com");
  const tls = await startTlsServer(certificate, (request, response) => {
    const socket = request.socket as unknown as { servername?: string };
    response.end(`${socket.servername} ${request.headers.host}`);
  });
  closing.push(tls.close);
  dns.set("hooks.example.com", [publicAddress]);
  dns.set("other.example.com", [publicAddress]);
  const { dial, dialled } = recordingDial({ [publicAddress]: tls.port }, { ca: certificate.cert });
  const send = makeGuardedSend({ allow: [], dns: { servers: [dns.address] }, dial });
  closing.push(send.close);
  const answer = await send({ method: "GET", url: "https://HOOKS.example.com.:8443/" });
  expect(answer.body.toString()).toBe("hooks.example.com hooks.example.com:8443");
  expect(dialled).toEqual([{ address: publicAddress, port: "8443" }]);
  expect(await failure(send({ method: "GET", url: "https://other.example.com:8443/" }))).toMatchObject({
    code: "egress_failed",
    cause: { code: "ERR_TLS_CERT_ALTNAME_INVALID" },
  });
});

test("a connection is kept for its own origin and address, and for no other", async () => {
  const { port, connections } = await server((_, response) => response.end("ok"));
  const { dial, dialled } = recordingDial({ [publicAddress]: port, [second]: port });
  const send = makeGuardedSend({ allow: [], dns: { servers: [dns.address] }, dial });
  closing.push(send.close);
  const get = (host: string) => send({ method: "GET", url: `http://${host}/` });
  dns.set("one.example.com", [publicAddress]);
  await get("one.example.com");
  await get("one.example.com");
  expect([dialled.length, connections()]).toEqual([1, 1]);
  dns.set("two.example.com", [publicAddress]);
  await get("two.example.com");
  expect(connections()).toBe(2);
  dns.set("one.example.com", [second]);
  expect((await get("one.example.com")).address).toBe(second);
  expect(dialled.map(({ address }) => address)).toEqual([publicAddress, publicAddress, second]);
});

test("an address that cannot be reached gives way to the next, and comes last for a while", async () => {
  const { port } = await server((_, response) => response.end("ok"));
  const { dial, dialled } = recordingDial({ [second]: port });
  const send = makeGuardedSend({ allow: [], dns: { servers: [dns.address] }, dial });
  closing.push(send.close);
  dns.set("pair.example.com", [publicAddress, second]);
  for (let round = 0; round < 2; round += 1) {
    expect((await send({ method: "POST", url: "http://pair.example.com/", body: "x" })).address).toBe(second);
  }
  expect(dialled.map(({ address }) => address)).toEqual([publicAddress, second]);
});

test("families take turns, so that a machine with one of them gets there", async () => {
  const { port } = await server((_, response) => response.end("ok"));
  const sixth = "2606:2800:220:1:248:1893:25c8:1946";
  const { dial, dialled } = recordingDial({ [sixth]: port });
  const send = makeGuardedSend({ allow: [], dns: { servers: [dns.address] }, dial });
  closing.push(send.close);
  dns.set("many.example.com", ["93.184.216.31", "93.184.216.32", "93.184.216.33", sixth]);
  expect((await send({ method: "GET", url: "http://many.example.com/" })).address).toBe(sixth);
  expect(dialled.map(({ address }) => address)).toEqual(["93.184.216.31", sixth]);
});

test("an address that keeps silent leaves time for the next", async () => {
  const { port } = await server((_, response) => response.end("ok"));
  const { dial } = recordingDial({ [second]: port });
  const silentFirst: typeof dial = (target, callback) => {
    if (target.hostname === second) dial(target, callback);
  };
  const send = makeGuardedSend({ allow: [], dns: { servers: [dns.address] }, dial: silentFirst });
  closing.push(send.close);
  dns.set("half.example.com", [publicAddress, second]);
  const answer = await send({ method: "GET", url: "http://half.example.com/", connectTimeoutMs: 400 });
  expect(answer.address).toBe(second);
});

test("a request that was sent is not sent again to the next address", async () => {
  let requests = 0;
  const { port } = await server((request) => {
    requests += 1;
    request.socket.destroy();
  });
  const { dial, dialled } = recordingDial({ [publicAddress]: port, [second]: port });
  const send = makeGuardedSend({ allow: [], dns: { servers: [dns.address] }, dial });
  closing.push(send.close);
  dns.set("drops.example.com", [publicAddress, second]);
  const error = await failure(send({ method: "POST", url: "http://drops.example.com/", body: "x" }));
  expect([error.code, error.reason, requests, dialled.length]).toEqual(["egress_failed", "broken", 1, 1]);
});

test.each([
  ["equal to the cap", 1_000, 1_000, false],
  ["one byte more", 1_001, 1_000, true],
  ["endless", Number.POSITIVE_INFINITY, 100_000, true],
])("an answer %s is cut where it must be", async (_, sentBytes, maxResponseBytes, truncated) => {
  const { port } = await server((_, response) => {
    const piece = Buffer.alloc(16_384, "a");
    let leftBytes = sentBytes;
    const write = (): void => {
      while (leftBytes > 0) {
        const more = response.write(piece.subarray(0, Math.min(piece.length, leftBytes)));
        leftBytes -= piece.length;
        if (!more) return;
      }
      response.end();
    };
    response.on("drain", write);
    write();
  });
  const answer = await allowing(port)({ method: "GET", url: `http://127.0.0.1:${port}/`, maxResponseBytes });
  expect([answer.body.length, answer.truncated]).toEqual([maxResponseBytes, truncated]);
});

test("a compressed answer that nobody asked for stays compressed", async () => {
  const bomb = gzipSync(Buffer.alloc(20_000_000));
  const { port } = await server((_, response) => response.writeHead(200, { "content-encoding": "gzip" }).end(bomb));
  const answer = await allowing(port)({ method: "GET", url: `http://127.0.0.1:${port}/` });
  expect(answer.body.equals(bomb)).toBe(true);
  expect(answer.headers["content-encoding"]).toBe("gzip");
});

test.each<readonly [string, Partial<GuardedRequest>, string]>([
  ["never answers", { totalTimeoutMs: 60 }, "timeout"],
  ["is given up by its caller", { signal: AbortSignal.timeout(60) }, "aborted"],
  ["was given up before", { signal: AbortSignal.abort() }, "aborted"],
])("a destination that %s", async (_, options, reason) => {
  const { port } = await server(() => {});
  const error = await failure(allowing(port)({ method: "POST", url: `http://127.0.0.1:${port}/`, ...options }));
  expect([error.code, error.reason, error.message]).toEqual([
    "egress_failed",
    reason,
    "The destination did not answer in time, or broke off.",
  ]);
});

test("an answer that drips does not outlast the total time", async () => {
  const { port } = await server((request, response) => {
    const timer = setInterval(() => response.write("."), 10);
    request.socket.on("close", () => clearInterval(timer));
  });
  const request = { method: "GET", url: `http://127.0.0.1:${port}/`, totalTimeoutMs: 120 } as const;
  expect((await failure(allowing(port)(request))).reason).toBe("timeout");
});

test("a connect that takes too long, and one that is refused", async () => {
  const send = makeGuardedSend({ allow: [], dns: { servers: [dns.address] }, dial: () => {} });
  const error = await failure(send({ method: "GET", url: "http://93.184.216.34/", connectTimeoutMs: 30 }));
  expect([error.code, error.reason]).toEqual(["egress_failed", "connect_timeout"]);
  await send.close();

  const { port, close } = await startServer(() => {});
  await close();
  const refused = await failure(allowing(port)({ method: "GET", url: `http://127.0.0.1:${port}/` }));
  expect([refused.code, refused.reason]).toEqual(["egress_failed", "unreachable"]);
});

test.each([
  ["no HTTP", "SSH-2.0-OpenSSH_9.6\r\n"],
  ["headers without end", `HTTP/1.1 200 OK\r\n${"x-long: ".padEnd(8_000, "y")}\r\n`.repeat(6)],
  ["two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"],
  ["less than promised", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort"],
  ["an upgrade that nobody asked for", "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"],
])("a destination that answers %s failed", async (_, answer) => {
  const raw = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end(answer));
  });
  raw.listen(0, "127.0.0.1");
  await once(raw, "listening");
  closing.push(async () => {
    raw.close();
    await once(raw, "close");
  });
  const { port } = raw.address() as AddressInfo;
  const error = await failure(allowing(port)({ method: "GET", url: `http://127.0.0.1:${port}/` }));
  expect(error.code).toBe("egress_failed");
});

test("notes on the way are not the answer; HEAD has no body", async () => {
  const { port } = await server((request, response) => {
    response.writeProcessing();
    response.writeEarlyHints({ link: "</x>; rel=preload" });
    response.writeHead(200, { "content-length": "5" }).end(request.method === "HEAD" ? undefined : "hello");
  });
  const send = allowing(port);
  const url = `http://127.0.0.1:${port}/`;
  expect((await send({ method: "GET", url })).body.toString()).toBe("hello");
  expect(await send({ method: "HEAD", url })).toMatchObject({ status: 200, body: Buffer.alloc(0), truncated: false });
});

test("proxy variables are not obeyed", async () => {
  const target = await server((_, response) => response.end("direct"));
  const proxy = await server((_, response) => response.end("through the proxy"));
  const program = `
    const { makeGuardedSend } = await import(${JSON.stringify(join(import.meta.dirname, "../src/make-guarded-send.ts"))});
    const send = makeGuardedSend({ allow: [{ host: "127.0.0.1", port: ${target.port} }] });
    console.log((await send({ method: "GET", url: "http://127.0.0.1:${target.port}/" })).body.toString());
    await send.close();`;
  const proxyUrl = `http://127.0.0.1:${proxy.port}`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--conditions=@gpt-agent/source", "--input-type=module", "--eval", program],
    {
      env: {
        NODE_USE_ENV_PROXY: "1",
        HTTP_PROXY: proxyUrl,
        http_proxy: proxyUrl,
        ALL_PROXY: proxyUrl,
        HTTPS_PROXY: proxyUrl,
      },
    },
  );
  expect(stdout.trim()).toBe("direct");
  expect(proxy.connections()).toBe(0);
});

test("close lets what is under way finish", async () => {
  const answering = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const { port } = await server(async (_, response) => {
    asked.resolve();
    await answering.promise;
    response.end("late");
  });
  const send = makeGuardedSend({ allow: [{ host: "127.0.0.1", port }] });
  const sending = send({ method: "GET", url: `http://127.0.0.1:${port}/` });
  await asked.promise;
  const closed = send.close();
  answering.resolve();
  expect((await sending).body.toString()).toBe("late");
  await closed;
  expect((await failure(send({ method: "GET", url: `http://127.0.0.1:${port}/` }))).reason).toBe("aborted");
});
