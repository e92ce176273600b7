import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { buildConnector } from "undici";
import type { Dial } from "../src/pinned-pools.ts";

export interface Running {
  readonly port: number;
  /** Connections accepted so far, whether or not anything was asked over them. */
  readonly connections: () => number;
  readonly close: () => Promise<void>;
}

/** May be async; what it throws fails the test run. */
type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

const run = async (server: Server, host: string): Promise<Running> => {
  let connections = 0;
  server.on("connection", () => {
    connections += 1;
  });
  server.listen(0, host);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
};

export const startServer = (listener: Listener, host = "127.0.0.1"): Promise<Running> =>
  run(
    createServer((request, response) => void listener(request, response)),
    host,
  );

export const startTlsServer = (
  certificate: { readonly key: string; readonly cert: string },
  listener: Listener,
): Promise<Running> =>
  run(
    createTlsServer(certificate, (request, response) => void listener(request, response)),
    "127.0.0.1",
  );

export interface Dialled {
  readonly address: string;
  readonly port: string;
}

/**
 * Stands where sockets are opened: notes what would be connected to, and connects to loopback instead, so that no test
 * calls a stranger. An address that is not in `to` cannot be reached.
 */
export const recordingDial = (
  to: Readonly<Record<string, number>>,
  options: Readonly<{ ca?: string }> = {},
): { readonly dial: Dial; readonly dialled: Dialled[] } => {
  const dialled: Dialled[] = [];
  const connect = buildConnector({ ...options, allowH2: false });
  return {
    dialled,
    dial: (target, callback) => {
      dialled.push({ address: target.hostname, port: target.port });
      const port = to[target.hostname];
      if (port === undefined) callback(Object.assign(new Error("no route"), { code: "EHOSTUNREACH" }), null);
      else connect({ ...target, hostname: "127.0.0.1", port: String(port) }, callback);
    },
  };
};
