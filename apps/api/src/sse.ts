import { once } from "node:events";
import type { Response } from "express";

export interface EventStream {
  /** Resolves once the client has taken it, so that a slow client slows its producer, not our memory. */
  send(event: string, data: unknown): Promise<void>;
  end(): void;
}

/**
 * Server-sent events on a response. Comments every `heartbeatMs` keep proxies from closing a quiet connection.
 * @param signal aborts when the client is gone or the process stops; sends become no-ops.
 */
export const openEventStream = (res: Response, signal: AbortSignal, heartbeatMs = 15_000): EventStream => {
  res.status(200).set({
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache, no-transform",
    // nginx and its relatives buffer answers unless told not to.
    "x-accel-buffering": "no",
  });
  res.flushHeaders();

  const heartbeat = setInterval(() => {
    if (!res.writableNeedDrain) res.write(": keep-alive\n\n");
  }, heartbeatMs);
  res.once("close", () => {
    clearInterval(heartbeat);
  });

  return {
    send: async (event, data) => {
      if (signal.aborted) return;
      const taken = res.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
      if (!taken) await once(res, "drain", { signal }).catch(() => {});
    },
    end: () => {
      clearInterval(heartbeat);
      res.end();
    },
  };
};
