import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Behaviour, ReceivedDelivery } from "./behaviour.ts";

export interface Receiver {
  /** `http://127.0.0.1:4010/hook`; the sender needs `127.0.0.1:4010` in EGRESS_ALLOW. */
  readonly url: string;
  readonly port: number;
  /** The latest, oldest first. */
  readonly deliveries: readonly ReceivedDelivery[];
  /** All of them, also those that are no longer kept. */
  readonly count: () => number;
  /** Resolves once so many have arrived in all. */
  readonly arrived: (count: number) => Promise<void>;
  /** From the next delivery on. */
  readonly behave: (behaviour: Behaviour) => void;
  /** Cuts what hangs. */
  readonly stop: () => Promise<void>;
}

const kept = 1_000;
const maxBodyBytes = 1_048_576;

const readBody = async (request: IncomingMessage): Promise<Buffer | undefined> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

const flatHeaders = (request: IncomingMessage): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : (value ?? ""),
    ]),
  );

/** A customer's endpoint on loopback, for development and tests. @param port default: any that is free */
export const startReceiver = async (behaviour: Behaviour, port = 0): Promise<Receiver> => {
  let current = behaviour;
  let count = 0;
  const deliveries: ReceivedDelivery[] = [];
  const waiting = new Set<{ readonly count: number; readonly resolve: () => void }>();

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request);
    if (body === undefined) {
      response.writeHead(413, { connection: "close" }).end();
      return;
    }
    const delivery: ReceivedDelivery = {
      method: request.method ?? "",
      path: request.url ?? "",
      headers: flatHeaders(request),
      body,
      receivedAtMs: Date.now(),
      earlier: count,
    };
    count += 1;
    deliveries.push(delivery);
    if (deliveries.length > kept) deliveries.shift();
    for (const entry of waiting) {
      if (entry.count > count) continue;
      waiting.delete(entry);
      entry.resolve();
    }
    const answered = await current(delivery);
    if (answered === "hang") return;
    response.writeHead(answered.status, answered.headers).end(answered.body);
  };

  const server = createServer((request, response) => {
    // A sender that gives up is part of its life.
    answer(request, response).catch(() => response.destroy());
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const listening = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${listening}/hook`,
    port: listening,
    deliveries,
    count: () => count,
    arrived: (wanted) =>
      count >= wanted ? Promise.resolve() : new Promise((resolve) => waiting.add({ count: wanted, resolve })),
    behave: (next) => {
      current = next;
    },
    stop: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};
