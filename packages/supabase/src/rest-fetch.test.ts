import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { makeRestFetch } from "./rest-fetch.ts";

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

const serve = async (listener: RequestListener): Promise<string> => {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  open.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/rest/v1/rpc/name`;
};

test("method, headers and text go out; status, headers and text come back", async () => {
  const url = await serve((incoming, outgoing) => {
    incoming.setEncoding("utf8");
    let text = "";
    incoming.on("data", (chunk: string) => (text += chunk));
    incoming.on("end", () => {
      const { apikey } = incoming.headers;
      outgoing.writeHead(409, { "content-type": "application/json", "content-range": "0-0/*" });
      outgoing.end(JSON.stringify({ method: incoming.method, apikey, text }));
    });
  });
  const headers = new Headers({ apikey: "key" });
  const response = await makeRestFetch(5_000)(url, { method: "POST", headers, body: "привет" });
  expect(response).toMatchObject({ ok: false, status: 409 });
  expect(response.headers.get("content-range")).toBe("0-0/*");
  expect(await response.json()).toEqual({ method: "POST", apikey: "key", text: "привет" });
});

test("an answer without a body, and one to HEAD", async () => {
  const url = await serve((_, outgoing) => outgoing.writeHead(204).end());
  for (const method of ["POST", "HEAD"]) {
    const response = await makeRestFetch(5_000)(url, { method });
    expect([response.status, await response.text()]).toEqual([204, ""]);
  }
});

test("no answer is a TypeError with its cause: nobody there, or nobody who speaks", async () => {
  const refused = makeRestFetch(5_000)("http://127.0.0.1:1/rest/v1/x");
  await expect(refused).rejects.toMatchObject({ name: "TypeError", cause: { code: "ECONNREFUSED" } });
  const url = await serve(() => {});
  const silent = makeRestFetch(10)(url);
  await expect(silent).rejects.toMatchObject({ name: "TypeError", cause: { code: "UND_ERR_HEADERS_TIMEOUT" } });
});

test("a signal ends the wait with its reason", async () => {
  const controller = new AbortController();
  const url = await serve(() => controller.abort(new Error("enough")));
  await expect(makeRestFetch(5_000)(url, { signal: controller.signal })).rejects.toThrow("enough");
});
