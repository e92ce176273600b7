import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Log } from "@gpt-agent/jobs/handler";
import type { Express } from "express";

interface ServeOptions {
  readonly port: number;
  /** Address to open it on; undefined: all of the machine's. */
  readonly host: string | undefined;
  /** The platform's grace period: between the signal and the end of the process. */
  readonly shutdownTimeoutMs: number;
  readonly log: Log;
  /** Aborted at the first SIGTERM or SIGINT: event streams end, `/ready` says so. */
  readonly stopping: AbortController;
  /** Releases what the app holds, once nothing is being answered any more. */
  readonly close: () => Promise<void>;
}

/** Kept of the grace period for cutting connections and releasing what is held; a server that is away takes its time. */
const reserveMs = 3_000;

/** Longer than the proxies in front keep theirs (60 s as a rule): a request never meets a connection that just closed. */
const keepAliveTimeoutMs = 75_000;

/** Often enough that a client which keeps its connection alive does not hold up the stop. */
const idleSweepMs = 100;

/** Listens until SIGTERM or SIGINT, then answers what has begun, releases everything, and ends the process with 0. */
export const serve = async (
  app: Express,
  { port, host, shutdownTimeoutMs, log, stopping, close }: ServeOptions,
): Promise<never> => {
  const server = createServer({ keepAliveTimeout: keepAliveTimeoutMs }, app);
  const signal = Promise.withResolvers<string>();
  process.once("SIGTERM", signal.resolve);
  process.once("SIGINT", signal.resolve);

  server.listen({ port, host });
  try {
    await once(server, "listening");
  } catch (error) {
    log.error("the port cannot be listened on; free it, or set another PORT", { port, error });
    await close();
    process.exit(1);
  }
  log.info("listening", { port: (server.address() as AddressInfo).port });

  log.info("stopping", { signal: await signal.promise });
  stopping.abort();
  const closed = once(server, "close");
  server.close();
  const sweep = setInterval(() => {
    server.closeIdleConnections();
  }, idleSweepMs);
  const reservedMs = Math.min(reserveMs, shutdownTimeoutMs / 2);
  const cut = setTimeout(() => {
    log.warn("connections are still busy, cutting them", { shutdownTimeoutMs });
    server.closeAllConnections();
  }, shutdownTimeoutMs - reservedMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);

  await Promise.race([close(), delay(reservedMs / 2)]);
  log.info("stopped");
  process.exit(0);
};
