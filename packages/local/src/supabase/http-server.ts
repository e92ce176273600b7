import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { once } from "node:events";
import { pipeline } from "node:stream/promises";
import type { Caller } from "./auth.ts";
import { authenticate } from "./auth.ts";
import type { HttpRequest, HttpResponse } from "./http.ts";
import { header, jsonResponse } from "./http.ts";
import type { ProjectKeys } from "./keys.ts";
import { errorResponse } from "./rest/errors.ts";

export interface Apis {
  readonly rest: (http: HttpRequest, caller: Caller) => Promise<HttpResponse>;
  readonly storage: (http: HttpRequest, authenticate: () => Promise<Caller>) => Promise<HttpResponse>;
}

export interface RunningServer {
  readonly port: number;
  close(): Promise<void>;
}

const commonHeaders = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "content-range, content-profile, etag",
  "x-local-supabase": "not for production",
};

const preflight: HttpResponse = {
  status: 204,
  headers: {
    "access-control-allow-methods": "GET, HEAD, POST, PATCH, PUT, DELETE, OPTIONS",
    "access-control-allow-headers":
      "*, authorization, apikey, content-type, prefer, accept-profile, content-profile, x-upsert",
    "access-control-max-age": "3600",
  },
};

const readHttp = (incoming: IncomingMessage): { http: HttpRequest; service: string } => {
  const url = new URL(incoming.url ?? "/", "http://local");
  const [, service = "", path = ""] = /^\/(rest|storage|auth)\/v1(?:\/(.*))?$/su.exec(url.pathname) ?? [];
  const http = {
    method: incoming.method ?? "GET",
    path,
    query: url.searchParams,
    headers: incoming.headers,
    body: incoming,
  };
  return { http, service };
};

const answer = async (incoming: IncomingMessage, keys: ProjectKeys, apis: Apis): Promise<HttpResponse> => {
  if (incoming.method === "OPTIONS") return preflight;
  const { http, service } = readHttp(incoming);
  const apiKey = header(http, "apikey") ?? http.query.get("apikey") ?? undefined;
  const authorization = header(http, "authorization");
  if (service === "storage") {
    // The gateway lets Storage's requests through with a bearer token alone.
    const bearer = /^bearer +(\S+)$/iu.exec(authorization ?? "")?.[1];
    return apis.storage(http, () => authenticate({ apiKey: apiKey ?? bearer, authorization }, keys));
  }
  if (service === "auth" && http.path === "health") {
    return jsonResponse(200, {
      name: "GoTrue",
      version: "local",
      description: "Only this answer: the local server has no sign-in",
    });
  }
  if (service !== "rest")
    return jsonResponse(404, {
      message: `No service at ${incoming.url ?? "/"}: this is a local Supabase with REST and Storage`,
    });
  try {
    return await apis.rest(http, await authenticate({ apiKey, authorization }, keys));
  } catch (error) {
    return errorResponse(error, true);
  }
};

const send = async (outgoing: ServerResponse, response: HttpResponse, isHead: boolean): Promise<void> => {
  for (const [name, text] of Object.entries({ ...commonHeaders, ...response.headers })) {
    if (text !== undefined) outgoing.setHeader(name, text);
  }
  outgoing.statusCode = response.status;
  const { body } = response;
  if (body === undefined || typeof body === "string") {
    if (typeof body === "string") outgoing.setHeader("content-length", Buffer.byteLength(body));
    outgoing.end(isHead ? undefined : body);
    return;
  }
  await pipeline(body, outgoing);
};

const handle = async (
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  keys: ProjectKeys,
  apis: Apis,
): Promise<void> => {
  try {
    await send(outgoing, await answer(incoming, keys, apis), incoming.method === "HEAD");
  } catch (error) {
    if (outgoing.headersSent) outgoing.destroy();
    else await send(outgoing, errorResponse(error, true), false);
  }
  // What was refused before it was read must go, or the connection's next request would be read from its middle.
  if (!incoming.readableEnded) incoming.resume();
};

/** Loopback only: whoever reaches the port with the service key owns the database. */
export const listen = async (port: number, keys: ProjectKeys, apis: Apis): Promise<RunningServer> => {
  // Clients keep connections for long; one that the server ends first would break a request on its way.
  const server: Server = createServer({ keepAliveTimeout: 120_000, requestTimeout: 300_000 }, (incoming, outgoing) => {
    void handle(incoming, outgoing, keys, apis).catch(() => outgoing.destroy());
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port");
  return {
    port: address.port,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), 2_000);
      await closed.finally(() => clearTimeout(timer));
    },
  };
};
