import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import type { Case } from "../measure.ts";

/** One round, asked of the process that sends; it answers with requests per CPU-second of its own. */
export interface Ask {
  readonly run: "ours" | "baseline";
  readonly port: number;
  readonly count: number;
}

const answerOf = async (child: ChildProcess, ask: Ask): Promise<number> => {
  child.send(ask);
  const [rate] = (await once(child, "message")) as [number];
  return rate;
};

/**
 * A POST of 1 KB through the guard (URL judged, address checked and pinned, answer capped, clocks) beside the same POST
 * through `undici.request`. The receiver runs in this process, so that only the sender's CPU is counted.
 */
export const guardedRequest: Case = {
  name: "guarded-request",
  unit: "POSTs of 1 KB per CPU-second of the sender",
  baselineName: "undici.request",
  goal: { text: "≥ 0.80 of undici.request", holds: ({ ratio }) => ratio >= 0.8 },
  prepare: async ({ smoke }) => {
    const receiver = createServer((request, response) => {
      request.resume();
      request.on("end", () => response.end('{"ok":true}'));
    });
    receiver.listen(0, "127.0.0.1");
    await once(receiver, "listening");
    const { port } = receiver.address() as AddressInfo;
    const child = fork(fileURLToPath(new URL("guarded-request-process.ts", import.meta.url)), {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const count = smoke ? 500 : 20_000;
    return {
      ours: () => answerOf(child, { run: "ours", port, count }),
      baseline: () => answerOf(child, { run: "baseline", port, count }),
      close: async () => {
        child.kill();
        receiver.close();
        receiver.closeAllConnections();
        await once(receiver, "close");
      },
    };
  },
};
