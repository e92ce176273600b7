import { setTimeout as delay } from "node:timers/promises";
import { embeddings } from "@gpt-agent/jobs/queues/embeddings";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { startSweep, sweepOnce } from "./sweep.ts";

const payloads = Array.from({ length: 450 }, (_, index) => ({
  orgId: "5b0e8f0e-6c9d-4d7e-9d3e-0a1b2c3d4e5f",
  documentId: "6c1f9a1f-7dae-4e8f-8e4f-1b2c3d4e5f60",
  generation: index + 1,
}));
const due = async function* () {
  yield* payloads;
};
const recording = () => {
  const batches: number[] = [];
  const enqueueMany = async (_: unknown, batch: Iterable<unknown>): Promise<number> => {
    const size = [...batch].length;
    batches.push(size);
    return size;
  };
  return { batches, enqueueMany };
};
const lease = { holderId: "me", ttlSeconds: 50 };

describe("sweepOnce", () => {
  test("enqueues every due payload, in batches", async () => {
    const { batches, enqueueMany } = recording();
    const sweep = { lease: async () => true, due };
    expect(await sweepOnce({ queue: embeddings, sweep, enqueueMany }, lease, () => false)).toBe(450);
    expect(batches).toEqual([200, 200, 50]);
  });

  test("reads nothing without the lease", async () => {
    const { batches, enqueueMany } = recording();
    const untouched = vi.fn(due);
    const sweep = { lease: async () => false, due: untouched };
    expect(await sweepOnce({ queue: embeddings, sweep, enqueueMany }, lease, () => false)).toBe(0);
    expect(untouched).not.toHaveBeenCalled();
    expect(batches).toEqual([]);
  });

  test("stops between batches", async () => {
    const { batches, enqueueMany } = recording();
    const sweep = { lease: async () => true, due };
    const count = await sweepOnce({ queue: embeddings, sweep, enqueueMany }, lease, () => batches.length === 1);
    expect(count).toBe(200);
  });
});

test("startSweep survives outages of the database and of Redis", async () => {
  const silent = { debug: () => {}, info: () => {}, warn: vi.fn(), error: () => {} };
  const swept = Promise.withResolvers<number>();
  let databaseFails = 1;
  let redisFails = 1;
  const running = startSweep({
    queue: embeddings,
    sweep: {
      lease: async () => {
        await delay(0);
        if (databaseFails-- > 0) throw new Error("database away");
        return true;
      },
      due,
    },
    enqueueMany: async (_, batch) => {
      if (redisFails-- > 0) throw new Error("Redis away");
      const size = [...batch].length;
      swept.resolve(size);
      return size;
    },
    log: silent,
    intervalMs: 5,
    firstWithinMs: 1,
  });
  onTestFinished(() => running.stop());
  expect(await swept.promise).toBe(200);
  expect(silent.warn).toHaveBeenCalledTimes(2);
});
