// A thread of the parser process. The parser blocks its own event loop, so only another thread can see that the
// worker is gone or that memory runs away, and end the process at once.
import { Socket } from "node:net";
import { workerData } from "node:worker_threads";
import { lifelineFd, memorySignal } from "./signals.ts";

const { maxRssBytes } = workerData as { readonly maxRssBytes: number };

// The worker holds the other end and never writes: the end of this stream is the end of the worker.
const lifeline = new Socket({ fd: lifelineFd, readable: true, writable: false });
const workerIsGone = (): void => void process.kill(process.pid, "SIGKILL");
lifeline.on("error", workerIsGone).on("close", workerIsGone).resume();

setInterval(() => {
  // The heap limit covers JavaScript objects only, not buffers and WebAssembly.
  if (process.memoryUsage.rss() > maxRssBytes) process.kill(process.pid, memorySignal);
}, 50);
