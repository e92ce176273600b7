import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";

/** By performance.now(), and never early: a timer may fire a fraction of a millisecond before its time. */
export const sleepUntil = async (atMs: number, signal: AbortSignal): Promise<void> => {
  for (let left = atMs - performance.now(); left > 0; left = atMs - performance.now()) {
    await sleep(Math.ceil(left), undefined, { signal });
  }
};

/** A command has a deadline of its own; this is for a connection that is not there. */
const readyWithinMs = 1_000;

export const untilReady = async (redis: Redis): Promise<void> => {
  if (redis.status === "ready") return;
  await new Promise<void>((resolve, reject) => {
    const settle = (): void => {
      clearTimeout(timer);
      redis.off("ready", ready);
    };
    const ready = (): void => {
      settle();
      resolve();
    };
    const timer = setTimeout(() => {
      settle();
      reject(new Error(`no connection (${redis.status})`));
    }, readyWithinMs);
    redis.on("ready", ready);
  });
};
