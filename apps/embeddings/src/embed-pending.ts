import { setTimeout as sleep } from "node:timers/promises";
import { packBatches } from "./batches.ts";
import { type BatchRun, embedBatch } from "./embed-batch.ts";
import { makeSlots } from "./in-flight.ts";
import type { Documents, PendingChunk, ProfileRow, Progress } from "./ports.ts";
import { leaseSeconds } from "@gpt-agent/jobs/lease";

/** Requests that one document has under way at the provider; jobs beside it have theirs, and the budget is everybody's. */
export const requestsInFlight = 4;
/** While answers are stored, the provider already works on other batches; storing may take as long as answering. */
const batchesInHand = requestsInFlight * 2;
/** One request is also one write; and what is in hand must leave room in what one read shows. */
const largestBatch = 128;
/** PostgREST gives 1,000 rows at most. */
const chunksPerRead = 960;

/** Making a write of an answer keeps the process busy: the request that takes its place goes out before. */
const letGoMs = 5;
/** A lease is renewed this often at most: a renewal before each request would be one more wait for each. */
const renewEveryMs = (leaseSeconds * 1_000) / 4;

/** Thrown to a batch that has not been sent yet when another one went wrong. */
const stopped = new Error("another batch ended the run");

export interface PendingRun extends BatchRun {
  readonly documents: Documents;
  readonly profile: ProfileRow;
  readonly isTimeOver: () => boolean;
  readonly now: () => number;
  /** After each write. */
  readonly note: (progress: Progress) => Promise<void>;
}

/** Batches of the chunks that wait, each chunk once, read as they are needed. */
const makeBatches = ({ store, held, profile }: PendingRun) => {
  const taken = new Set<number>();
  const limits = { ...profile, maxBatchInputs: Math.min(profile.maxBatchInputs, largestBatch) };
  let ready: PendingChunk[][] = [];
  let isAllRead = false;
  /** False: all that wait are taken. */
  const read = async (): Promise<boolean> => {
    const page = await store.pending({ ...held, limit: chunksPerRead });
    const batches = packBatches(
      page.filter(({ chunkId }) => !taken.has(chunkId)),
      limits,
    );
    const isMore = batches.length > 0;
    isAllRead = page.length < chunksPerRead;
    // More are to come: the last batch may get fuller.
    if (!isAllRead && batches.length > 1) batches.pop();
    for (const { chunkId } of batches.flat()) taken.add(chunkId);
    ready = batches;
    return isMore;
  };
  let reading: Promise<boolean> | undefined;
  return async (): Promise<PendingChunk[] | undefined> => {
    for (let isMore = !isAllRead; ready.length === 0 && isMore;) {
      reading ??= read().finally(() => (reading = undefined));
      isMore = await reading;
    }
    return ready.shift();
  };
};

/**
 * Embeds and stores all chunks that wait, several requests at a time. When something goes wrong, nothing new is sent,
 * what is under way is still stored, since it is paid for, and the first error is thrown.
 */
export const embedPending = async (run: PendingRun): Promise<"done" | "out of time" | "lease lost"> => {
  const { embedder, held, documents, signal } = run;
  const next = makeBatches(run);
  const inSlot = makeSlots(requestsInFlight);
  let end: "done" | "out of time" | "lease lost" = "done";
  const failures: unknown[] = [];
  let renewedAtMs = run.now();
  const isHeld = async (): Promise<boolean> => {
    const nowMs = run.now();
    if (nowMs - renewedAtMs < renewEveryMs) return true;
    renewedAtMs = nowMs;
    return documents.renewLease({ ...held, stage: "search", leaseSeconds });
  };
  const isOver = (): boolean => failures.length > 0 || end !== "done";
  const embed: typeof embedder.embed = async (...request) => {
    const answer = await inSlot(async () => {
      if (failures.length > 0 || end === "lease lost") throw stopped;
      return embedder.embed(...request);
    });
    await sleep(letGoMs);
    return answer;
  };
  const slotted: BatchRun = { ...run, embedder: { ...embedder, embed } };

  const lane = async (): Promise<void> => {
    while (!isOver()) {
      signal.throwIfAborted();
      const batch = await next();
      if (batch === undefined || isOver()) return;
      if (run.isTimeOver()) end = "out of time";
      else if (!(await isHeld())) end = "lease lost";
      else await run.note(await embedBatch(slotted, batch));
    }
  };
  await Promise.all(
    Array.from({ length: batchesInHand }, () =>
      lane().catch((error: unknown) => {
        if (error !== stopped) failures.push(error);
      }),
    ),
  );
  if (failures.length > 0) throw failures[0];
  return end;
};
