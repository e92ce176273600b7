import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** One request as the provider saw it; times by performance.now(). */
interface Served {
  readonly id: string;
  readonly arrivedAtMs: number;
  answeredAtMs: number | undefined;
  readonly tokens: number;
  readonly inputs: number;
  readonly status: number;
}

export interface ProviderOptions {
  readonly dimensions: number;
  readonly latencyMs: number;
  /** Refuses with 429 what goes above so many tokens in any window of this length. */
  readonly limit?: { readonly tokens: number; readonly windowMs: number; readonly retryAfterSeconds: number };
}

export const tokensOf = (text: string): number => Math.ceil(text.length / 4);

const bodyOf = async (request: IncomingMessage): Promise<{ readonly input: readonly string[] }> => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return JSON.parse(Buffer.concat(parts).toString("utf8")) as { readonly input: readonly string[] };
};

/** A vector of random numbers, as it goes over the wire. */
const randomVector = (dimensions: number): string =>
  Buffer.from(Float32Array.from({ length: dimensions }, () => Math.random() - 0.5).buffer).toString("base64");

/**
 * An embeddings API on loopback that takes the same time for every request, bills what arrives, and writes everything
 * down. Its vectors mean nothing: they are prepared, so that the measurement is not of their making.
 */
export const startProvider = async ({ dimensions, latencyMs, limit }: ProviderOptions) => {
  const served: Served[] = [];
  const vectors = Array.from({ length: 64 }, () => randomVector(dimensions));
  const admitted: { readonly atMs: number; readonly tokens: number }[] = [];
  let refuseNext = 0;

  const isAdmitted = (tokens: number, nowMs: number): boolean => {
    if (refuseNext > 0) {
      refuseNext -= 1;
      return false;
    }
    if (limit === undefined) return true;
    while (admitted[0] !== undefined && admitted[0].atMs <= nowMs - limit.windowMs) admitted.shift();
    const used = admitted.reduce((sum, { tokens }) => sum + tokens, 0);
    if (used + tokens > limit.tokens) return false;
    admitted.push({ atMs: nowMs, tokens });
    return true;
  };

  const server = createServer((request, response) => {
    void (async () => {
      const { input } = await bodyOf(request);
      const arrivedAtMs = performance.now();
      const tokens = input.reduce((sum, text) => sum + tokensOf(text), 0);
      const status = isAdmitted(tokens, arrivedAtMs) ? 200 : 429;
      const id = `gen-${served.length}`;
      const entry: Served = { id, arrivedAtMs, answeredAtMs: undefined, tokens, inputs: input.length, status };
      served.push(entry);
      const answer = (headers: Record<string, string>, body: unknown): void => {
        entry.answeredAtMs = performance.now();
        response.writeHead(status, { "content-type": "application/json", ...headers });
        response.end(JSON.stringify(body));
      };
      if (status === 429) {
        const seconds = limit?.retryAfterSeconds ?? 1;
        return answer({ "retry-after": String(seconds) }, { error: { code: 429, message: "slow down" } });
      }
      const usage = { prompt_tokens: tokens, total_tokens: tokens, cost: tokens / 1e9 };
      const data = input.map((_, index) => ({ index, embedding: vectors[(served.length + index) % vectors.length] }));
      setTimeout(answer, latencyMs, {}, { id, data, usage });
    })().catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/api/v1`,
    served: served as readonly Served[],
    /** The next request meets a 429. */
    refuseOne: (): void => void (refuseNext += 1),
    /** When a 429 was answered after this moment; waits for it. */
    nextRefusal: async (afterMs: number): Promise<number> => {
      for (;;) {
        const refusal = served.find(({ status, arrivedAtMs }) => status === 429 && arrivedAtMs >= afterMs);
        if (refusal !== undefined) return refusal.arrivedAtMs;
        await sleep(5);
      }
    },
    stop: (): void => {
      server.closeAllConnections();
      server.close();
    },
  };
};
