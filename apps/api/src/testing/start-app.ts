import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { type AppOptions, makeApp, makeEndpoints } from "../app.ts";
import { type Client, makeClient } from "./client.ts";
import { type Fakes, makeFakes } from "./fakes.ts";

/** The app on a free loopback port, for one test. */
export const startApp = async (options: Partial<AppOptions> = {}, fakes: Fakes = makeFakes()) => {
  const stopping = new AbortController();
  const app = makeApp(fakes.ports, {
    production: false,
    trustedProxyHops: 0,
    ratePerMinute: 0,
    stopping: stopping.signal,
    watchIntervalMs: 2,
    ...options,
  });
  const server = app.listen(0, "127.0.0.1");
  // A loaded machine may pause for longer than the five seconds that are usual.
  server.keepAliveTimeout = 120_000;
  await once(server, "listening");
  onTestFinished(async () => {
    stopping.abort();
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const endpoints = makeEndpoints(fakes.ports);

  /** A caller of its own organisation. */
  const signUp = (scopes: readonly string[] = ["*"]): Client => {
    const key = `gak_${randomUUID()}`;
    const orgId = randomUUID();
    fakes.keys.set(key, { id: randomUUID(), orgId, scopes: [...scopes], ratePerMinute: null });
    return makeClient({ url, endpoints, orgId, key });
  };
  return { ...fakes, url, stopping, endpoints, signUp };
};
