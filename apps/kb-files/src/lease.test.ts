import { expect, test } from "vitest";
import { keepLease } from "./lease.ts";

const row = { orgId: "o", documentId: "d", lease: "l", intervalMs: 1 };
const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true }));

test("renews while the work lasts, and stops with it", async () => {
  let renewed = 0;
  const enough = Promise.withResolvers<void>();
  const renew = async (): Promise<boolean> => {
    renewed += 1;
    if (renewed === 3) enough.resolve();
    return true;
  };
  await keepLease({ ...row, renew, signal: new AbortController().signal }, () => enough.promise);
  expect(renewed).toBeGreaterThanOrEqual(3);
});

test("a lost lease aborts the work as stale_lease; an unreachable database does not", async () => {
  const answers = [() => Promise.reject(new Error("away")), () => Promise.resolve(true), () => Promise.resolve(false)];
  const renew = (): Promise<boolean> =>
    (answers.length > 1 ? answers.shift() : answers[0])?.() ?? Promise.resolve(false);
  const work = keepLease({ ...row, renew, signal: new AbortController().signal }, untilAborted);
  await expect(work).rejects.toMatchObject({ code: "stale_lease" });
  expect(answers).toHaveLength(1);
});

test("the job's own abort passes through", async () => {
  const job = new AbortController();
  const work = keepLease({ ...row, renew: async () => true, signal: job.signal }, untilAborted);
  job.abort(new Error("shutdown"));
  await expect(work).rejects.toThrow("shutdown");
});
