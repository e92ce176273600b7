import { expect, onTestFinished, test } from "vitest";
import { type PrivateRedis, startRedis } from "../../local/src/redis/start-redis.ts";
import { defaultTuning } from "../src/tuning.ts";
import { startChild } from "./child-worker.ts";
import { aborted, clientFor, notes, payload, reaches, settingsFor, startWorker } from "./harness.ts";

const privateRedis = async (): Promise<PrivateRedis> => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  return redis;
};

test("a stop waits for running jobs that finish in time, and takes no new ones", async () => {
  const settings = settingsFor();
  const client = clientFor(settings);
  const finish = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  const { worker } = await startWorker(notes, settings, () => {
    started.resolve();
    return finish.promise;
  });
  const { jobId } = await client.enqueue(notes, payload());
  await started.promise;
  const stopped = worker.stop();
  const { jobId: next } = await client.enqueue(notes, payload());
  finish.resolve();
  await stopped;
  expect((await client.status(notes, jobId))?.state).toBe("completed");
  expect((await client.status(notes, next))?.state).toBe("waiting");
});

test("a job that outlasts the drain is aborted and handed back, no attempt spent; the next worker completes it", async () => {
  const settings = settingsFor();
  const client = clientFor(settings);
  const started = Promise.withResolvers<void>();
  const first = await startWorker(
    notes,
    settings,
    (_, { signal }) => {
      started.resolve();
      return aborted(signal);
    },
    { shutdownTimeoutMs: 1_500 },
  );
  const { jobId } = await client.enqueue(notes, payload());
  await started.promise;
  await first.worker.stop();
  expect(first.runs.all.map(({ outcome }) => outcome.state)).toEqual(["handedBack"]);
  expect(await client.status(notes, jobId)).toMatchObject({ state: "waiting", attemptsMade: 0 });
  const attempts: number[] = [];
  await startWorker(notes, settings, async (_, { attempt }) => void attempts.push(attempt));
  await reaches(client, jobId, "completed");
  expect(attempts).toEqual([1]);
  expect(first.failures).toEqual([]);
});

test("a handler that does not heed the stop is handed back all the same", async () => {
  const settings = settingsFor();
  const client = clientFor(settings);
  const started = Promise.withResolvers<void>();
  const deaf = async (): Promise<void> => {
    started.resolve();
    await new Promise(() => {});
  };
  const { worker } = await startWorker(notes, settings, deaf, {
    shutdownTimeoutMs: 1_500,
    // Production's, which is longer than this grace period leaves.
    tuning: { abortGraceMs: defaultTuning.abortGraceMs },
  });
  const { jobId } = await client.enqueue(notes, payload());
  await started.promise;
  await worker.stop();
  expect(await client.status(notes, jobId)).toMatchObject({ state: "waiting", attemptsMade: 0 });
});

test.each(["SIGTERM", "SIGINT"] as const)("%s: the process drains and exits 0", async (signal) => {
  const settings = settingsFor();
  const client = clientFor(settings);
  const child = await startChild(settings);
  const { jobId } = await client.enqueue(notes, payload("brief"));
  await child.says('"running"');
  child.kill(signal);
  expect(await child.exited).toEqual({ code: 0, signal: null });
  expect((await client.status(notes, jobId))?.state).toBe("completed");
});

test("SIGTERM with a job that hangs: handed back within the grace period, exit 0", async () => {
  const settings = settingsFor();
  const client = clientFor(settings);
  const child = await startChild(settings, { shutdownTimeoutMs: 2_000 });
  const { jobId } = await client.enqueue(notes, payload("hang"));
  await child.says('"running"');
  child.kill("SIGTERM");
  expect(await child.exited).toEqual({ code: 0, signal: null });
  expect(await client.status(notes, jobId)).toMatchObject({ state: "waiting", attemptsMade: 0 });
});

test.each([
  ["killed", "SIGKILL"],
  ["frozen", "SIGSTOP"],
] as const)("SIGTERM with Redis %s, a job running: exit 0 within the grace period", async (_, fate) => {
  const redis = await privateRedis();
  const settings = settingsFor(redis.url);
  const client = clientFor(settings);
  const child = await startChild(settings, { shutdownTimeoutMs: 4_000 });
  await client.enqueue(notes, payload("hang"));
  await child.says('"running"');
  process.kill(redis.pid, fate);
  const startedAt = performance.now();
  child.kill("SIGTERM");
  const exit = await child.exited;
  if (fate === "SIGSTOP") process.kill(redis.pid, "SIGCONT");
  expect(exit).toEqual({ code: 0, signal: null });
  // The grace period is the contract: after it the platform kills.
  expect(performance.now() - startedAt).toBeLessThan(4_000);
});

test("SIGTERM of a worker that never saw Redis: exit 0", async () => {
  const child = await startChild(settingsFor("redis://127.0.0.1:1"));
  child.kill("SIGTERM");
  expect(await child.exited).toEqual({ code: 0, signal: null });
});

test("a second signal exits at once", async () => {
  const settings = settingsFor();
  const child = await startChild(settings, { shutdownTimeoutMs: 60_000 });
  await clientFor(settings).enqueue(notes, payload("hang"));
  await child.says('"running"');
  child.kill("SIGTERM");
  await child.says('"stopping"');
  child.kill("SIGTERM");
  expect(await child.exited).toEqual({ code: 1, signal: null });
});

test("an error nobody caught: logged, running jobs handed back, exit 1", async () => {
  const settings = settingsFor();
  const client = clientFor(settings);
  const child = await startChild(settings);
  const { jobId } = await client.enqueue(notes, payload("reject"));
  expect(JSON.parse(await child.says("nobody caught"))).toMatchObject({ level: "error", fault: "unhandledRejection" });
  expect(await child.exited).toEqual({ code: 1, signal: null });
  expect(await client.status(notes, jobId)).toMatchObject({ state: "waiting", attemptsMade: 0 });
});
