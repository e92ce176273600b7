import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { schemes, type SchemeOptions } from "@gpt-agent/signatures/scheme";
import { takesSecrets } from "@gpt-agent/signatures/secret-problem";
import { signStandard } from "@gpt-agent/signatures/sign-standard";
import { newSharedSecret } from "@gpt-agent/signatures/standard-keys";
import { verifyWebhook } from "@gpt-agent/signatures/verify";
import { afterEach, expect, test } from "vitest";
import {
  type Behaviour,
  busy,
  failing,
  gone,
  hanging,
  recovering,
  redirecting,
  slow,
  verifying,
} from "../src/receivers/behaviour.ts";
import { sendToSource } from "../src/receivers/send-to-source.ts";
import { type Receiver, startReceiver } from "../src/receivers/start-receiver.ts";

const stopping: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stopping.splice(0)) await stop();
});
const receiver = async (behaviour: Behaviour): Promise<Receiver> => {
  const started = await startReceiver(behaviour);
  stopping.push(started.stop);
  return started;
};
const post = (url: string, headers: Record<string, string> = {}, body = "{}") =>
  fetch(url, { method: "POST", headers, body, redirect: "manual" });

test("a well-behaved receiver takes what is signed for it, and nothing else", async () => {
  const secret = newSharedSecret();
  const { url, deliveries } = await receiver(verifying([newSharedSecret(), secret]));
  const body = '{"type":"заявка"}';
  const signed = { ...signStandard({ id: "msg_1", sentAtMs: Date.now(), body }, [secret]) };
  expect((await post(url, signed, body)).status).toBe(204);
  expect((await post(url, signed, `${body} `)).status).toBe(401);
  expect((await post(url, {}, body)).status).toBe(401);
  expect(deliveries.map((delivery) => delivery.body.toString())).toEqual([body, `${body} `, body]);
  expect(deliveries[0]?.headers["webhook-id"]).toBe("msg_1");
});

test.each<readonly [string, Behaviour, number, object]>([
  ["failing", failing(), 500, {}],
  ["failing in another way", failing(404), 404, {}],
  ["busy", busy(7), 429, { "retry-after": "7" }],
  ["gone", gone, 410, {}],
  ["redirecting", redirecting("http://127.0.0.1:1/"), 302, { location: "http://127.0.0.1:1/" }],
])("%s", async (_, behaviour, status, headers) => {
  const response = await post((await receiver(behaviour)).url);
  expect(response.status).toBe(status);
  expect(Object.fromEntries(response.headers)).toMatchObject(headers);
});

test("recovering: fails first, then takes it; and a receiver can change its mind", async () => {
  const { url, behave } = await receiver(recovering(2));
  const statuses = [await post(url), await post(url), await post(url)].map(({ status }) => status);
  behave(gone);
  expect([...statuses, (await post(url)).status]).toEqual([503, 503, 200, 410]);
});

test("slow: a later and quicker delivery overtakes", async () => {
  const { url, behave, arrived } = await receiver(slow(100, () => ({ status: 202 })));
  const order: string[] = [];
  const late = post(url).then(({ status }) => order.push(`slow ${status}`));
  await arrived(1);
  behave(() => ({ status: 200 }));
  await post(url).then(({ status }) => order.push(`quick ${status}`));
  await late;
  expect(order).toEqual(["quick 200", "slow 202"]);
});

test("hanging: takes the delivery, never answers, and does not keep the receiver from stopping", async () => {
  const { url, arrived, stop, count } = await startReceiver(hanging);
  const sending = post(url).catch(() => "cut");
  await arrived(1);
  await stop();
  expect([await sending, count()]).toEqual(["cut", 1]);
});

test("an event can be sent to a source of every scheme", async () => {
  const options: SchemeOptions = {
    account: { id: "1", subdomain: "romashka" },
    memberId: "member",
    addresses: ["127.0.0.1"],
    hmac: {
      algorithm: "sha256",
      encoding: "hex",
      header: "x-signature",
      template: "{timestamp}.{body}",
      timestampHeader: "x-time",
    },
  };
  const secretOf = (scheme: string): string => (scheme === "pipedrive" ? "user:word" : newSharedSecret());
  for (const scheme of schemes) {
    const secret = secretOf(scheme);
    const source = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const received = {
          method: request.method ?? "",
          url: `http://127.0.0.1:${(source.address() as AddressInfo).port}${request.url}`,
          headers: request.headers,
          rawBody: Buffer.concat(chunks),
          nowMs: Date.now(),
          remoteAddress: request.socket.remoteAddress ?? "",
        };
        const verified = verifyWebhook(scheme, received, takesSecrets(scheme) ? [secret] : [], options);
        response.writeHead(verified.ok ? 200 : 401).end(verified.ok ? verified.answer?.body : verified.reason);
      });
    });
    source.listen(0, "127.0.0.1");
    await once(source, "listening");
    const url = `http://127.0.0.1:${(source.address() as AddressInfo).port}/hooks/token?a=%2F`;
    const sending = { url, id: "41", sentAtMs: Date.now(), payload: { имя: "Анна" }, secret, options };
    const answer = await sendToSource(scheme, sending);
    expect([scheme, answer.status, answer.body]).toEqual([scheme, 200, scheme === "tbank" ? "OK" : ""]);
    source.closeAllConnections();
    source.close();
    await once(source, "close");
  }
});
