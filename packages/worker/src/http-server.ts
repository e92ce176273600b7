import { once } from "node:events";
import { createServer } from "node:http";
import express from "express";
import { healthBody, type Lifecycle } from "./health.ts";
import type { Metrics } from "./metrics.ts";

export interface HttpServerParts {
  /** 0 takes a free one. */
  readonly port: number;
  /** Undefined: all addresses of the machine. */
  readonly host: string | undefined;
  readonly lifecycle: () => Lifecycle;
  readonly problems: () => Promise<Record<string, string>>;
  readonly metrics: Metrics;
}

export interface HttpServer {
  readonly port: number;
  close(): void;
}

/** @throws {Error} when the port is taken. */
export const startHttpServer = async (parts: HttpServerParts): Promise<HttpServer> => {
  const app = express().disable("x-powered-by");
  app.get("/health", (_request, response) => {
    const lifecycle = parts.lifecycle();
    response.status(lifecycle === "ok" ? 200 : 503).json(healthBody(lifecycle));
  });
  app.get("/ready", async (_request, response) => {
    const problems = await parts.problems();
    const ready = Object.keys(problems).length === 0;
    response.status(ready ? 200 : 503).json(ready ? { status: "ready" } : { status: "not_ready", problems });
  });
  app.get("/metrics", async (_request, response) => {
    response.type(parts.metrics.contentType).send(await parts.metrics.text());
  });

  const server = createServer(app);
  server.listen({ port: parts.port, host: parts.host });
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : parts.port,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};
