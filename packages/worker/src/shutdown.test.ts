import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { closeInTime, planShutdown } from "./shutdown.ts";

test("a grace period of 30 s: 19 s to finish, 10 s to hand back, one to leave", () => {
  expect(planShutdown(30_000)).toEqual({ drainMs: 19_000, deadlineMs: 29_000 });
});

test("any grace period leaves time to drain, to hand back and to leave", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3_600_000 }), (graceMs) => {
      const { drainMs, deadlineMs } = planShutdown(graceMs);
      expect(drainMs).toBeGreaterThan(0);
      expect(deadlineMs).toBeGreaterThan(drainMs);
      expect(graceMs).toBeGreaterThan(deadlineMs);
    }),
  );
});

test("what closes in time is not aborted; what never closes is aborted, then given up", async () => {
  const abort = vi.fn();
  expect(await closeInTime({ drainMs: 5_000, deadlineMs: 6_000 }, Promise.resolve(), abort)).toBe("closed");
  expect(abort).not.toHaveBeenCalled();
  expect(await closeInTime({ drainMs: 1, deadlineMs: 20 }, new Promise(() => {}), abort)).toBe("gaveUp");
  expect(abort).toHaveBeenCalledOnce();
});
