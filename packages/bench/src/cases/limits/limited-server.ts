import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** How a provider counts: exactly, at the moment a request reaches it, and without forgiving anything. */
export interface Counter {
  /** Milliseconds of a clock that only moves forward. False: refused, and not counted. */
  admit(atMs: number): boolean;
}

/** The strictest way to count a window: at most `cost` requests in any span of `windowMs`. */
export const slidingLog = (cost: number, windowMs: number): Counter => {
  const admitted: number[] = [];
  return {
    admit: (atMs) => {
      if (atMs - (admitted.at(-cost) ?? -Infinity) < windowMs) return false;
      admitted.push(atMs);
      return true;
    },
  };
};

export const leakyBucket = (capacity: number, perSecond: number): Counter => {
  let level = 0;
  let filledAtMs = 0;
  return {
    admit: (atMs) => {
      level = Math.max(0, level - ((atMs - filledAtMs) * perSecond) / 1_000);
      filledAtMs = atMs;
      if (level + 1 > capacity) return false;
      level += 1;
      return true;
    },
  };
};

export interface LimitedServer {
  readonly url: string;
  /** When requests were admitted, in order. */
  readonly admittedAtMs: readonly number[];
  refused(): number;
  /** How long a request was under way at most, from the sender's hand to the count. */
  slowestMs(): number;
  close(): Promise<void>;
}

/** Answers 200 or 429 on loopback. Each request travels up to `networkMs` before it is counted. */
export const startLimitedServer = async (counter: Counter, networkMs: number): Promise<LimitedServer> => {
  const admittedAtMs: number[] = [];
  let refused = 0;
  let slowestMs = 0;
  const server = createServer((request, response) => {
    setTimeout(() => {
      const nowMs = performance.now();
      slowestMs = Math.max(slowestMs, performance.timeOrigin + nowMs - Number(request.headers["x-sent-at"]));
      const isAdmitted = counter.admit(nowMs);
      if (isAdmitted) admittedAtMs.push(nowMs);
      else refused += 1;
      response.writeHead(isAdmitted ? 200 : 429).end();
    }, Math.random() * networkMs);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    admittedAtMs,
    refused: () => refused,
    slowestMs: () => slowestMs,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
