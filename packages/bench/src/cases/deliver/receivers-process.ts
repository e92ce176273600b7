// Customers' endpoints, in a process of their own: what they cost is nobody's CPU that is measured.
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import type { ReceiversAsk, ReceiversAnswer } from "./receivers.ts";

let hanging = -1;
let held: ServerResponse[] = [];
let latenciesMs: number[] = [];

/** Every endpoint is a port of its own, so that each has connections of its own. */
const open = async (index: number): Promise<number> => {
  const server = createServer((request, response) => {
    if (index === hanging) {
      held.push(response);
      return;
    }
    void json(request).then((body) => {
      response.end("ok");
      const { data } = body as { readonly data: { readonly sentAtMs?: number } };
      if (data.sentAtMs !== undefined && index > 0) latenciesMs.push(Date.now() - data.sentAtMs);
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
};

const answer = async (ask: ReceiversAsk): Promise<ReceiversAnswer> => {
  if (ask.kind === "open") {
    return { ports: await Promise.all(Array.from({ length: ask.count }, (_, index) => open(index))) };
  }
  if (ask.kind === "hang") {
    hanging = ask.index;
    // Between rounds: what hung is answered, so that nobody waits for its end.
    for (const response of held) response.end("late");
    held = [];
    return {};
  }
  const taken = latenciesMs;
  latenciesMs = [];
  return { latenciesMs: taken };
};

process.on("message", (ask: ReceiversAsk) => {
  void answer(ask).then((reply) => process.send?.(reply));
});
