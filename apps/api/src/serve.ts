import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Log } from "@gpt-agent/jobs/handler";
import type { Express } from "express";

interface ServeOptions {
  readonly port: number;
  /** After this long, connections that are still busy are cut. */
  readonly shutdownTimeoutMs: number;
  readonly log: Log;
  /** Aborted at the first SIGTERM or SIGINT: event streams end, `/ready` says so. */
  readonly stopping: AbortController;
  /** Releases what the app holds, once nothing is being answered any more. */
  readonly close: () => Promise<void>;
}

/** A server that is away must not hold up the stop. */
const closeTimeoutMs = 2_000;

/** Often enough that a client which keeps its connection alive does not hold up the stop. */
const idleSweepMs = 100;

/** Listens until SIGTERM or SIGINT, then answers what has begun, releases everything, and ends the process with 0. */
export const serve = async (
  app: Express,
  { port, shutdownTimeoutMs, log, stopping, close }: ServeOptions,
): Promise<never> => {
  const server = createServer(app);
  const signal = Promise.withResolvers<string>();
  process.once("SIGTERM", signal.resolve);
  process.once("SIGINT", signal.resolve);

  server.listen(port);
  await once(server, "listening");
  log.info("listening", { port: (server.address() as AddressInfo).port });

  log.info("stopping", { signal: await signal.promise });
  stopping.abort();
  const closed = once(server, "close");
  server.close();
  const sweep = setInterval(() => {
    server.closeIdleConnections();
  }, idleSweepMs);
  const cut = setTimeout(() => {
    log.warn("connections are still busy, cutting them", { shutdownTimeoutMs });
    server.closeAllConnections();
  }, shutdownTimeoutMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);

  await Promise.race([close(), delay(closeTimeoutMs)]);
  log.info("stopped");
  process.exit(0);
};
