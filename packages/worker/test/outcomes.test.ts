import { defineQueue } from "@gpt-agent/jobs/define-queue";
import { PermanentError, RetryLaterError } from "@gpt-agent/jobs/errors";
import { queueName } from "@gpt-agent/queue/connection";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { expect, inject, onTestFinished, test, vi } from "vitest";
import { defaultLimits } from "../src/tuning.ts";
import { aborted, clientFor, notes, payload, reaches, settingsFor, startWorker } from "./harness.ts";

test("returns: completed", async () => {
  const settings = settingsFor();
  const client = clientFor(settings);
  const handle = vi.fn(async () => {});
  const { runs, failures } = await startWorker(notes, settings, handle);
  const sent = payload("привет");
  const { jobId } = await client.enqueue(notes, sent);
  await reaches(client, jobId, "completed");
  expect(handle).toHaveBeenCalledExactlyOnceWith(
    sent,
    expect.objectContaining({ jobId, attempt: 1, lastAttempt: false }),
  );
  expect(runs.all).toEqual([expect.objectContaining({ jobId, orgId: sent.orgId, outcome: { state: "completed" } })]);
  expect(failures).toEqual([]);
});

test("throws: retried with backoff, then failed once, kept, the row told once", async () => {
  const settings = settingsFor();
  const client = clientFor(settings);
  const seen: [number, boolean][] = [];
  const { runs, failures } = await startWorker(notes, settings, async (_, { attempt, lastAttempt }) => {
    seen.push([attempt, lastAttempt]);
    throw new Error(`no ${attempt}`);
  });
  const sent = payload();
  const { jobId } = await client.enqueue(notes, sent);
  const status = await reaches(client, jobId, "failed");
  expect(seen).toEqual([
    [1, false],
    [2, false],
    [3, true],
  ]);
  expect(status.failedReason).toMatch(/^attempts_exhausted: .*no 3/);
  expect(failures).toEqual([expect.objectContaining({ code: "attempts_exhausted", payload: sent })]);
  expect(runs.all.map(({ outcome }) => outcome.state)).toEqual(["retry", "retry", "permanent"]);
});

test("PermanentError: failed at once and kept", async () => {
  const settings = settingsFor();
  const client = clientFor(settings);
  const { runs, failures } = await startWorker(notes, settings, async () => {
    throw new PermanentError("file_missing", "The file is gone; upload it again");
  });
  const { jobId } = await client.enqueue(notes, payload());
  expect((await reaches(client, jobId, "failed")).failedReason).toMatch(/^file_missing: The file is gone/);
  expect(runs.all).toHaveLength(1);
  expect(failures).toEqual([
    expect.objectContaining({ code: "file_missing", message: "The file is gone; upload it again" }),
  ]);
});

test("RetryLaterError: comes back later, no attempt spent", async () => {
  const settings = settingsFor();
  const client = clientFor(settings);
  const attempts: number[] = [];
  const { runs } = await startWorker(notes, settings, async (_, { attempt }) => {
    attempts.push(attempt);
    if (attempts.length < 6) throw new RetryLaterError(5, "ai_rate_limited", "slow down");
  });
  const { jobId } = await client.enqueue(notes, payload());
  const status = await reaches(client, jobId, "completed");
  expect(attempts).toEqual([1, 1, 1, 1, 1, 1]);
  expect(status.attemptsMade).toBe(1);
  expect(runs.all.filter(({ outcome }) => outcome.state === "retryLater")).toHaveLength(5);
});

test("RetryLaterError for ever: failed as retry_later_exhausted", async () => {
  const settings = settingsFor();
  const client = clientFor(settings);
  const limits = { ...defaultLimits, putOffs: 3 };
  const handle = async () => {
    throw new RetryLaterError(1, "ai_rate_limited", "slow down");
  };
  const { runs, failures } = await startWorker(notes, settings, handle, { tuning: { limits } });
  const { jobId } = await client.enqueue(notes, payload());
  await reaches(client, jobId, "failed");
  expect(runs.all).toHaveLength(4);
  expect(failures).toEqual([expect.objectContaining({ code: "retry_later_exhausted" })]);
});

test("ctx.continue(): the same job goes on for as long as it progresses, no attempt spent", async () => {
  const settings = settingsFor();
  const client = clientFor(settings);
  const limits = { ...defaultLimits, idleContinuations: 2 };
  const jobIds = new Set<string>();
  let pages = 0;
  const { runs } = await startWorker(
    notes,
    settings,
    async (_, ctx) => {
      jobIds.add(ctx.jobId);
      expect(ctx.attempt).toBe(1);
      pages += 1;
      // Every other run makes no progress: never three of those in a row.
      if (pages < 20) return ctx.continue({ progressed: pages % 2 === 0 });
    },
    { tuning: { limits } },
  );
  const { jobId } = await client.enqueue(notes, payload());
  expect((await reaches(client, jobId, "completed")).attemptsMade).toBe(1);
  expect([...jobIds]).toEqual([jobId]);
  expect(runs.all.map(({ outcome }) => outcome.state)).toEqual([...Array(19).fill("continued"), "completed"]);
});

test("ctx.continue() without progress, too often in a row: failed as no_progress", async () => {
  const settings = settingsFor();
  const client = clientFor(settings);
  const { runs, failures } = await startWorker(notes, settings, (_, ctx) => ctx.continue({ progressed: false }));
  const { jobId } = await client.enqueue(notes, payload());
  await reaches(client, jobId, "failed");
  expect(runs.all).toHaveLength(defaultLimits.idleContinuations + 1);
  expect(failures).toEqual([expect.objectContaining({ code: "no_progress" })]);
});

test("a handler that swallows its continuation still goes on", async () => {
  const settings = settingsFor();
  const client = clientFor(settings);
  let runsSoFar = 0;
  const { runs } = await startWorker(notes, settings, async (_, ctx) => {
    runsSoFar += 1;
    if (runsSoFar === 1) await ctx.continue({ progressed: true }).catch(() => {});
  });
  const { jobId } = await client.enqueue(notes, payload());
  await reaches(client, jobId, "completed");
  expect(runs.all.map(({ outcome }) => outcome.state)).toEqual(["continued", "completed"]);
});

test("a payload that does not parse: failed at once and kept, the handler untouched", async () => {
  const settings = settingsFor();
  const client = clientFor(settings);
  const handle = vi.fn(async () => {});
  const { failures } = await startWorker(notes, settings, handle);
  const connection = new Redis(inject("stack").REDIS_URL, { maxRetriesPerRequest: null });
  const raw = new Queue(queueName(settings.baseName, notes), { connection, prefix: settings.prefix });
  onTestFinished(async () => {
    await raw.close();
    connection.disconnect();
  });
  const job = await raw.add("notes", { orgId: "nobody", old: true }, { attempts: 5 });
  expect((await reaches(client, String(job.id), "failed")).failedReason).toMatch(/^invalid_payload: .*orgId/);
  expect(handle).not.toHaveBeenCalled();
  // There is no payload to find a row by.
  expect(failures).toEqual([]);
});

test("longer than the queue allows: the signal aborts, the attempt is spent, the last one fails as timeout", async () => {
  const hasty = defineQueue({ ...notes, name: "hasty", attempts: 2, timeoutMs: 50 });
  const settings = settingsFor();
  const client = clientFor(settings);
  const { runs, failures } = await startWorker(hasty, settings, (_, { signal }) => aborted(signal));
  const { jobId } = await client.enqueue(hasty, payload());
  await reaches(client, jobId, "failed", hasty);
  expect(runs.all.map(({ outcome }) => outcome)).toEqual([
    expect.objectContaining({ state: "retry", code: "timeout" }),
    expect.objectContaining({ state: "permanent", code: "timeout" }),
  ]);
  expect(failures).toHaveLength(1);
});

test("a handler that does not heed its signal loses its slot, not the worker's", async () => {
  const hasty = defineQueue({ ...notes, name: "hasty", attempts: 1, timeoutMs: 50 });
  const settings = settingsFor();
  const client = clientFor(settings);
  const handle = async ({ note }: { note: string }) => {
    if (note === "deaf") await new Promise(() => {});
  };
  await startWorker(hasty, settings, handle, { concurrency: 1 });
  const { jobId: deaf } = await client.enqueue(hasty, payload("deaf"));
  const { jobId: next } = await client.enqueue(hasty, payload("next"));
  await reaches(client, deaf, "failed", hasty);
  await reaches(client, next, "completed", hasty);
});

test("a row that cannot be marked does not keep its job from failing", async () => {
  const settings = settingsFor();
  const client = clientFor(settings);
  const handle = async () => {
    throw new PermanentError("file_missing", "gone");
  };
  await startWorker(notes, settings, handle, {
    onFailed: async () => {
      throw new Error("database away");
    },
  });
  const { jobId } = await client.enqueue(notes, payload());
  await reaches(client, jobId, "failed");
});

test("progress is stored for those who watch, and a handler can enqueue", async () => {
  const settings = settingsFor();
  const client = clientFor(settings);
  const other = defineQueue({ ...notes, name: "other" });
  const { runs } = await startWorker(notes, settings, async (given, ctx) => {
    await ctx.progress({ pages: 3 });
    await ctx.enqueue(other, given);
  });
  const { jobId } = await client.enqueue(notes, payload());
  await runs.until((record) => record.jobId === jobId);
  expect((await reaches(client, jobId, "completed")).progress).toEqual({ pages: 3 });
  expect((await client.state(other)).waiting).toBe(1);
});
