import { expect, inject, test } from "vitest";
import { raceForToken, refreshAfterKill } from "../src/faults/crm-tokens.ts";

// The small form of the fault harness's scenarios of the same name.

test("200 callers in each of two processes need a new token: one request", async () => {
  expect(await raceForToken(inject("stack"), { processes: 2, callers: 200 })).toBe(1);
});

test("a process killed in the middle of a refresh loses the token only where the answer never arrived", async () => {
  const points = ["in flight", "answered", "rescued"] as const;
  const works = await Promise.all(points.map((point) => refreshAfterKill(inject("stack"), point)));
  expect(works).toEqual([false, true, true]);
});
