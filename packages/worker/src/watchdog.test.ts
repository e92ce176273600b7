import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isWedged, type Look, type Watch, watch } from "./watchdog.ts";

const waiting = { waiting: 1, prioritized: 0, overdue: 0, held: false };
const look = (nowMs: number, more: Partial<Look> = {}): Look => ({
  nowMs,
  state: waiting,
  slotsFree: true,
  lastTakenAtMs: 0,
  ...more,
});
const after = (...looks: Look[]): Watch => {
  const end = looks.reduce<Watch | undefined>((before, next) => watch(before, next, 90), undefined);
  if (end === undefined) throw new Error("give at least one look");
  return end;
};

describe("watch", () => {
  test("jobs wait, slots are free, nothing is taken: wedged after the limit, not before", () => {
    expect(isWedged(after(look(0), look(30), look(60)), 90)).toBe(false);
    expect(isWedged(after(look(0), look(30), look(60), look(90)), 90)).toBe(true);
  });

  test.each<[string, Partial<Look>]>([
    ["a job was taken", { lastTakenAtMs: 55 }],
    ["all slots are full", { slotsFree: false }],
    ["the queue is paused or at its own limit", { state: { ...waiting, held: true } }],
    ["Redis did not answer", { state: undefined }],
    ["nothing waits", { state: { ...waiting, waiting: 0 } }],
  ])("starts over when %s", (_, change) => {
    expect(
      isWedged(after(look(0), look(30), look(60, change), look(90, { lastTakenAtMs: change.lastTakenAtMs ?? 0 })), 90),
    ).toBe(false);
  });

  test("counts prioritized jobs, and delayed ones whose time has come", () => {
    for (const state of [
      { ...waiting, waiting: 0, prioritized: 1 },
      { ...waiting, waiting: 0, overdue: 1 },
    ]) {
      expect(isWedged(after(look(0, { state }), look(60, { state }), look(90, { state })), 90)).toBe(true);
    }
  });

  test("a machine that slept is not wedged", () => {
    expect(isWedged(after(look(0), look(30), look(1_000_000)), 90)).toBe(false);
  });

  test("never fires while something is taken between any two looks", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 }), (gaps) => {
        let now = 0;
        let last: Watch | undefined;
        for (const gap of gaps) {
          now += gap;
          last = watch(last, look(now, { lastTakenAtMs: now - gap / 2 }), 90);
          expect(isWedged(last, 91)).toBe(false);
        }
      }),
    );
  });
});
