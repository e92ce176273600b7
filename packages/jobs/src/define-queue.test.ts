import { describe, expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { defineQueue, type InputOf, type PayloadOf } from "./define-queue.ts";
import { kbFiles } from "./queues/kb-files.ts";

const valid = {
  name: "thumbnails",
  payload: z.object({ orgId: z.uuid(), size: z.int().default(64) }),
  attempts: 3,
  backoff: { delayMs: 1_000, maxDelayMs: 60_000, jitter: 0.5 },
  timeoutMs: 60_000,
} as const;

describe("defineQueue", () => {
  test("infers what a producer may pass and what a handler receives", () => {
    const queue = defineQueue(valid);
    expectTypeOf<InputOf<typeof queue>>().toEqualTypeOf<{ orgId: string; size?: number | undefined }>();
    expectTypeOf<PayloadOf<typeof queue>>().toEqualTypeOf<{ orgId: string; size: number }>();
    expect(queue.name).toBe("thumbnails");
  });

  test.each([
    ["a name that breaks Redis keys", { name: "crm:sync" }],
    ["no attempt at all", { attempts: 0 }],
    ["a run longer than a platform's grace period", { timeoutMs: 240_001 }],
    ["a cap below the first delay", { backoff: { delayMs: 10, maxDelayMs: 5, jitter: 0 } }],
    ["more than full jitter", { backoff: { delayMs: 10, maxDelayMs: 50, jitter: 1.1 } }],
  ])("refuses %s", (_, wrong) => {
    expect(() => defineQueue({ ...valid, ...wrong })).toThrow(RangeError);
  });

  test("keeps kinds of work on one document apart: a delete never collapses into a waiting process", () => {
    const ids = { orgId: "6f1c2f2e-6f0c-4a5e-9f64-0d5a3a1b2c3d", documentId: "0b9a3c1e-1d2f-4e5a-8b7c-6d5e4f3a2b1c" };
    expect(kbFiles.dedupe?.({ kind: "process", ...ids })).not.toBe(kbFiles.dedupe?.({ kind: "delete", ...ids }));
  });
});
