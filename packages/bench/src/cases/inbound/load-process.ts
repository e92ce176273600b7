// The senders, in a process of their own: what they cost is nobody's CPU that is measured.
import { createHmac, randomUUID } from "node:crypto";
import { Agent, request } from "node:http";
import type { LoadAnswer, LoadAsk } from "./load.ts";

/** Entities that messages are about: every few messages another lane, so that most of them wake one. */
const laneCount = 5_000;
const text = "Изменён заказ клиента: позиции, адрес доставки, комментарий менеджера. ".repeat(6);

const message = (secret: string) => {
  const id = randomUUID();
  const repository = { id: Math.floor(Math.random() * laneCount) };
  const body = JSON.stringify({ action: "edited", id, repository, text });
  const signature = `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
  const headers = {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "x-github-event": "issues",
    "x-github-delivery": id,
    "x-hub-signature-256": signature,
  };
  return { body, headers };
};

const run = async ({ url, secret, seconds, ratePerSecond, connections }: LoadAsk): Promise<LoadAnswer> => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const latenciesMs: number[] = [];
  let failed = 0;
  const send = (dueAtMs: number): Promise<void> =>
    new Promise((resolve) => {
      const { body, headers } = secret === undefined ? { body: undefined, headers: {} } : message(secret);
      const method = secret === undefined ? "GET" : "POST";
      const sent = request(url, { agent, method, headers }, (response) => {
        response.resume().once("end", () => {
          if (response.statusCode === 200) latenciesMs.push(performance.now() - dueAtMs);
          else failed += 1;
          resolve();
        });
      });
      sent.once("error", () => {
        failed += 1;
        resolve();
      });
      sent.end(body);
    });

  const endsAtMs = performance.now() + seconds * 1_000;
  const startedAtMs = performance.now();
  if (ratePerSecond === undefined) {
    const loop = async (): Promise<void> => {
      while (performance.now() < endsAtMs) await send(performance.now());
    };
    await Promise.all(Array.from({ length: connections }, loop));
  } else {
    // When it is due, whether or not earlier ones were answered: waiting counts from then on.
    const sending: Promise<void>[] = [];
    for (let n = 0; n < ratePerSecond * seconds; n += 1) {
      const dueAtMs = startedAtMs + (n * 1_000) / ratePerSecond;
      // Never spinning: the other processes share the machine's cores. What a timer is late by counts as latency.
      while (performance.now() < dueAtMs) await new Promise((resolve) => setTimeout(resolve, 1));
      sending.push(send(dueAtMs));
    }
    await Promise.all(sending);
  }
  agent.destroy();
  return { latenciesMs, failed, seconds: (performance.now() - startedAtMs) / 1_000 };
};

process.on("message", (ask: LoadAsk) => {
  void run(ask).then((answer) => process.send?.(answer));
});
