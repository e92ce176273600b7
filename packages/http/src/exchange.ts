import type { Dispatcher } from "undici";
import { EgressError } from "./egress-error.ts";

export interface Exchange {
  readonly method: Dispatcher.HttpMethod;
  readonly path: string;
  readonly headers: string[];
  readonly body: Buffer | string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly connectTimeoutMs: number;
  readonly totalTimeoutMs: number;
  readonly maxResponseBytes: number;
}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly truncated: boolean;
}

const joinRepeated = (headers: Record<string, string | string[] | undefined>): Record<string, string> => {
  const joined: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) joined[name] = typeof value === "string" ? value : value.join(", ");
  }
  return joined;
};

/**
 * One request, one answer, over one connection of the pool: straight on undici's dispatch, because a stream per answer
 * costs more than the exchange. The clock for connecting runs until the request starts to be written.
 * @throws {EgressError} `egress_failed`; with the reasons `unreachable` and `connect_timeout` nothing was sent
 */
export const exchange = (pool: Dispatcher, request: Exchange): Promise<Answered> =>
  new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let status = 0;
    let headers: Record<string, string> = {};
    const chunks: Buffer[] = [];
    let receivedBytes = 0;
    let settled = false;

    const settle = (): void => {
      settled = true;
      clearTimeout(timer);
      request.signal?.removeEventListener("abort", onAbort);
    };
    const fail = (reason: EgressError["reason"], cause?: unknown): void => {
      if (settled) return;
      settle();
      const error = new EgressError("egress_failed", reason, cause === undefined ? undefined : { cause });
      reject(error);
      // Not started yet: it will be aborted the moment it would be.
      controller?.abort(error);
    };
    const succeed = (truncated: boolean): void => {
      settle();
      resolve({ status, headers, body: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks), truncated });
    };
    const onAbort = (): void => fail("aborted", request.signal?.reason);

    let timer = setTimeout(() => fail("connect_timeout"), request.connectTimeoutMs);
    request.signal?.addEventListener("abort", onAbort, { once: true });
    if (request.signal?.aborted === true) return onAbort();

    pool.dispatch(
      { method: request.method, path: request.path, headers: request.headers, body: request.body ?? null },
      {
        onRequestStart: (started) => {
          controller = started;
          if (settled) return started.abort(new EgressError("egress_failed", "aborted"));
          clearTimeout(timer);
          timer = setTimeout(() => fail("timeout"), request.totalTimeoutMs);
        },
        onResponseStart: (_, statusCode, received) => {
          // 1xx are notes on the way.
          if (statusCode < 200) return;
          status = statusCode;
          headers = joinRepeated(received);
        },
        onResponseData: (_, chunk) => {
          if (settled) return;
          const room = request.maxResponseBytes - receivedBytes;
          receivedBytes += chunk.length;
          if (chunk.length <= room) {
            chunks.push(chunk);
            return;
          }
          if (room > 0) chunks.push(chunk.subarray(0, room));
          succeed(true);
          controller?.abort(new EgressError("egress_failed", "broken"));
        },
        onResponseEnd: () => {
          if (!settled) succeed(false);
        },
        onResponseError: (_, error) => fail(controller === undefined ? "unreachable" : "broken", error),
      },
    );
  });
