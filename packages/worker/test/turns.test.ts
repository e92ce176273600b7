import { randomUUID } from "node:crypto";
import { defineQueue } from "@gpt-agent/jobs/define-queue";
import { expect, test } from "vitest";
import { z } from "zod";
import { clientFor, settingsFor, startWorker } from "./harness.ts";

const fair = defineQueue({
  name: "fair",
  payload: z.object({ orgId: z.guid(), name: z.string() }),
  attempts: 3,
  backoff: { delayMs: 1, maxDelayMs: 1, jitter: 0 },
  timeoutMs: 5_000,
  fair: true,
});

test("a job that goes on lets others between; one that failed comes back before those who have not begun", async () => {
  const settings = settingsFor();
  const client = clientFor(settings);
  const [orgId, other] = [randomUUID(), randomUUID()];
  await client.enqueueMany(fair, [
    { orgId, name: "long" },
    { orgId: other, name: "failing" },
    ...Array.from({ length: 4 }, (_, n) => ({ orgId, name: `later ${n}` })),
  ]);
  const ran: string[] = [];
  const { runs } = await startWorker(
    fair,
    settings,
    async ({ name }, ctx) => {
      ran.push(name);
      const times = ran.filter((one) => one === name).length;
      if (name === "long" && times === 1) return ctx.continue({ progressed: true });
      if (name === "failing" && times === 1) throw new Error("once");
    },
    { concurrency: 1 },
  );
  const completed = () => runs.all.filter(({ outcome }) => outcome.state === "completed").length;
  await expect.poll(completed, { timeout: 30_000, interval: 20 }).toBe(6);
  expect(ran.slice(0, 2)).toEqual(["long", "failing"]);
  // Behind the first of the next turn, and not behind all that its own organisation brought.
  expect(ran.lastIndexOf("long")).toBeLessThan(ran.indexOf("later 2"));
  expect(ran.lastIndexOf("failing")).toBeLessThan(ran.indexOf("later 3"));
});

test("what a job enqueues is in the job's own lane", async () => {
  const settings = settingsFor();
  const client = clientFor(settings);
  const lanes: string[] = [];
  const { runs } = await startWorker(fair, settings, async ({ orgId, name }, { lane, enqueue }) => {
    lanes.push(`${name} ${lane}`);
    if (name === "parent") await enqueue(fair, { orgId, name: "child" });
  });
  for (const lane of ["backfill", "interactive"] as const) {
    await client.enqueue(fair, { orgId: randomUUID(), name: "parent" }, { lane });
  }
  await expect.poll(() => runs.all.length, { timeout: 30_000, interval: 20 }).toBe(4);
  expect(lanes.toSorted()).toEqual(["child backfill", "child interactive", "parent backfill", "parent interactive"]);
});
