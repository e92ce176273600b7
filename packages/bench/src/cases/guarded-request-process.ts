// The sender of the case guarded-request, alone in its process so that its CPU time is its own.
import { makeGuardedSend } from "@gpt-agent/http/make-guarded-send";
import { Agent, buildConnector, request } from "undici";
import type { Ask } from "./guarded-request.ts";

const atOnce = 32;
const body = "x".repeat(1_024);
const headers = {
  "content-type": "application/json",
  "webhook-id": "msg_1",
  "webhook-timestamp": "1790000000",
  "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
};
const connect = buildConnector({});
// A public address, so that everything is checked; its connections end on loopback.
const host = "93.184.216.34";
const send = makeGuardedSend({
  allow: [],
  dial: (target, callback) => connect({ ...target, hostname: "127.0.0.1" }, callback),
});
const dispatcher = new Agent();

const one = {
  ours: async (port: number): Promise<void> => {
    await send({ method: "POST", url: `http://${host}:${port}/hook`, headers, body });
  },
  baseline: async (port: number): Promise<void> => {
    const response = await request(`http://127.0.0.1:${port}/hook`, { method: "POST", headers, body, dispatcher });
    await response.body.arrayBuffer();
  },
};

process.on("message", ({ run, port, count }: Ask) => {
  let left = count;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await one[run](port);
    }
  };
  const before = process.cpuUsage();
  void Promise.all(Array.from({ length: atOnce }, lane)).then(() => {
    const { user, system } = process.cpuUsage(before);
    process.send?.((count / (user + system)) * 1_000_000);
  });
});
