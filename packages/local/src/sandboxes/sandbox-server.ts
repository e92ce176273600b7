import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import type { Chance } from "./chance.ts";
import type { Faults } from "./faults.ts";
import type { Journal } from "./journal.ts";

export interface SandboxRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface SandboxAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A string goes out as it is, anything else as JSON; undefined is an empty body. */
  readonly body?: unknown;
}

/** The names are lower case; the first value of a repeated header. */
export const headerOf = ({ headers }: SandboxRequest, name: string): string | undefined => {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
};

export const bearerOf = (request: SandboxRequest): string | undefined =>
  /^bearer\s+(\S+)$/iu.exec(headerOf(request, "authorization") ?? "")?.[1];

/** The body as JSON; undefined where it is none. */
export const jsonOf = ({ body }: SandboxRequest): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
};

export interface SandboxServerOptions {
  readonly handle: (request: SandboxRequest) => SandboxAnswer | Promise<SandboxAnswer>;
  readonly faults: Faults;
  readonly journal: Journal;
  readonly chance: Chance;
}

const maxBodyBytes = 16 * 1_024 * 1_024;

const readBody = async (incoming: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of incoming) {
    bytes += (part as Buffer).length;
    if (bytes > maxBodyBytes) throw new Error("The body is larger than any of these APIs takes.");
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts).toString("utf8");
};

const send = (outgoing: ServerResponse, { status, headers, body }: SandboxAnswer): void => {
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  outgoing.writeHead(status, {
    ...(text === undefined ? {} : { "content-type": "application/json; charset=utf-8" }),
    ...headers,
  });
  outgoing.end(text);
};

/** Serves one sandbox on a free port of 127.0.0.1: latency, faults and the journal around the CRM's own answers. */
export const startSandboxServer = async ({
  handle,
  faults,
  journal,
  chance,
}: SandboxServerOptions): Promise<{ readonly url: string; readonly host: string; stop(): Promise<void> }> => {
  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const url = new URL(incoming.url ?? "/", "http://sandbox");
    const request: SandboxRequest = {
      method: incoming.method ?? "GET",
      path: url.pathname,
      query: url.searchParams,
      headers: incoming.headers,
      body: await readBody(incoming),
    };
    const { baseMs, jitterMs } = faults.latency;
    if (baseMs + jitterMs > 0) await wait(baseMs + chance() * jitterMs);

    const planned = faults.next(request);
    const note = (status: number): void =>
      journal.add({
        method: request.method,
        path: request.path,
        query: decodeURIComponent(url.search.slice(1).replaceAll("+", " ")),
        status,
        ...(planned === undefined ? {} : { fault: planned.name }),
      });
    const fault = planned?.fault;
    if (fault?.kind === "delay") await wait(fault.ms);
    if (fault?.kind === "drop") {
      note(0);
      incoming.socket.destroy();
      return;
    }
    const answer = fault?.kind === "answer" ? fault.answer : await handle(request);
    if (fault?.kind === "dropAfterwards" || fault?.kind === "silentAfterwards") {
      note(0);
      if (fault.kind === "dropAfterwards") incoming.socket.destroy();
      return;
    }
    note(answer.status);
    send(outgoing, answer);
  };

  const server = createServer({ keepAliveTimeout: 60_000 }, (incoming, outgoing) => {
    serve(incoming, outgoing).catch((error: unknown) => {
      // A fault of the sandbox itself must be seen by the test that met it.
      if (!outgoing.headersSent) send(outgoing, { status: 500, body: { sandboxError: String(error) } });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, "close");
    },
  };
};
