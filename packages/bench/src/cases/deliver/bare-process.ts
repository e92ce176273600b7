// Signs and posts through the guarded client and keeps nothing: what a delivery costs without its ledger.
import { randomUUID } from "node:crypto";
import { makeGuardedSend } from "@gpt-agent/http/make-guarded-send";
import { makeStandardSigner } from "@gpt-agent/signatures/sign-standard";
import type { BareAsk } from "./throughput.ts";

const atOnce = 500;
const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;

process.on("message", ({ ports, count }: BareAsk) => {
  const send = makeGuardedSend({ allow: ports.map((port) => ({ host: "127.0.0.1", port })) });
  const sign = makeStandardSigner([secret]);
  const body = JSON.stringify({ type: "order.created", timestamp: new Date().toISOString(), data: { n: 1 } });
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const port = ports[next % ports.length];
      next += 1;
      const headers = { "content-type": "application/json", ...sign({ id: randomUUID(), sentAtMs: Date.now(), body }) };
      await send({ method: "POST", url: `http://127.0.0.1:${port}/hook`, headers, body });
    }
  };
  const before = process.cpuUsage();
  void Promise.all(Array.from({ length: atOnce }, lane)).then(async () => {
    const { user, system } = process.cpuUsage(before);
    process.send?.((count / (user + system)) * 1_000_000);
    await send.close();
  });
});
