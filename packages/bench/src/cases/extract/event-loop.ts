import { fork } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import type { Case } from "../../measure.ts";

/** The worker's event loop while its whole job reads the largest samples: a text, and a message with one attachment. */
export const eventLoop: Case = {
  name: "event-loop",
  unit: "ms of delay (p99) while the largest sample is read",
  baselineName: "allowed",
  goal: { text: "p99 under 50 ms", holds: ({ ratio }) => ratio < 1 },
  prepare: async ({ smoke }) => {
    const folder = await mkdtemp(join(tmpdir(), "bench-event-loop-"));
    const megabytes = smoke ? 10 : 200;
    const samples = ["large.txt", "large.eml"];
    await pipeline(Readable.from(paragraphs(megabytes)), createWriteStream(join(folder, "large.txt")));
    await pipeline(Readable.from(message(megabytes / 2)), createWriteStream(join(folder, "large.eml")));
    return {
      ours: async () => {
        let worst = 0;
        for (const name of samples) worst = Math.max(worst, await measureP99(join(folder, name), name));
        return worst;
      },
      baseline: async () => 50,
      close: () => rm(folder, { recursive: true, force: true }),
    };
  },
};

interface Figures {
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly maxRssMb: number;
}

const measureP99 = async (path: string, name: string): Promise<number> => {
  const script = fileURLToPath(new URL("event-loop-process.ts", import.meta.url));
  const child = fork(script, [path, name], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  let figures: Figures | undefined;
  child.once("message", (message) => (figures = message as Figures));
  await once(child, "exit");
  if (figures === undefined) throw new Error("the measured process ended without figures");
  const { p99Ms, maxMs, maxRssMb } = figures;
  console.error(
    `${name}: p99 ${p99Ms.toFixed(1)} ms, longest ${maxMs.toFixed(0)} ms, worker's memory ${maxRssMb.toFixed(0)} MB`,
  );
  return p99Ms;
};

function* paragraphs(megabytes: number): Generator<string> {
  for (let bytes = 0, at = 0; bytes < megabytes * 1024 * 1024; at += 1) {
    const paragraph = `Раздел ${at}. Порядок поставки ${(at * 7_919) % 10_007} согласован сторонами.\n\n`;
    bytes += Buffer.byteLength(paragraph);
    yield paragraph;
  }
}

function* message(megabytes: number): Generator<string> {
  const head = ["From: a@example.org", "To: b@example.org", "Subject: x", "MIME-Version: 1.0"];
  yield `${[...head, 'Content-Type: multipart/mixed; boundary="b"', "", "--b", "", "See the file.", "--b"].join("\r\n")}\r\n`;
  yield "Content-Type: text/plain\r\nContent-Disposition: attachment; filename=large.txt\r\n";
  yield "Content-Transfer-Encoding: base64\r\n\r\n";
  const line = `${Buffer.from("A line of text that is repeated over and over again, 57.\n").toString("base64").slice(0, 76)}\r\n`;
  for (let bytes = 0; bytes < megabytes * 1024 * 1024; bytes += line.length * 1_000) yield line.repeat(1_000);
  yield "--b--\r\n";
}
