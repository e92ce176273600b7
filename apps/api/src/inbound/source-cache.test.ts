import { expect, test } from "vitest";
import { type FoundSource, hashToken } from "@gpt-agent/supabase/webhook-sources";
import { makeSourceCache } from "./source-cache.ts";

const sourceOf = (token: string): FoundSource => ({
  id: token,
  orgId: "o",
  scheme: "github",
  options: {},
  laneBy: null,
  secrets: [{ id: "k", sealed: "sealed secret" }],
});

const setUp = (options: Parameters<typeof makeSourceCache>[2] = {}) => {
  const active = new Map([["real", sourceOf("real")]]);
  const asked: string[] = [];
  const state = { nowMs: 0, isAway: false };
  const find = async ({ tokenHash }: { tokenHash: string }) => {
    asked.push(tokenHash);
    if (state.isAway) throw new Error("away");
    return [...active].find(([token]) => hashToken(token) === tokenHash)?.[1];
  };
  const open = async (_place: unknown, sealed: string) => sealed.replace("sealed ", "");
  const lookUp = makeSourceCache({ find }, { open }, { now: () => state.nowMs, ...options });
  return { lookUp, active, asked, state };
};

test("a busy source is asked for once in two seconds; its secrets are open", async () => {
  const { lookUp, asked, state } = setUp();
  const found = await Promise.all([lookUp("real"), lookUp("real"), lookUp("real")]);
  expect(found[0]).toMatchObject({ id: "real", secrets: ["secret"] });
  expect(asked).toHaveLength(1);
  state.nowMs = 2_001;
  // Taken once more while it is read again.
  await Promise.all([lookUp("real"), lookUp("real")]);
  expect(asked).toHaveLength(2);
});

test("one that is disabled is gone within five seconds, busy or not", async () => {
  const { lookUp, active, state } = setUp();
  await lookUp("real");
  active.clear();
  state.nowMs = 2_001;
  await lookUp("real");
  await new Promise(setImmediate);
  expect(await lookUp("real")).toBeUndefined();

  const quiet = setUp();
  await quiet.lookUp("real");
  quiet.active.clear();
  quiet.state.nowMs = 5_001;
  expect(await quiet.lookUp("real")).toBeUndefined();
});

test("one that is made after it was asked for is found within five seconds", async () => {
  const { lookUp, active, state } = setUp();
  expect(await lookUp("later")).toBeUndefined();
  active.set("later", sourceOf("later"));
  state.nowMs = 5_001;
  expect(await lookUp("later")).toMatchObject({ id: "later" });
});

test("guessing asks once for each guess and pushes no real one out", async () => {
  const { lookUp, asked } = setUp({ maxEntries: 3 });
  await lookUp("real");
  for (let n = 0; n < 10; n += 1) await lookUp(`guess ${n}`);
  await lookUp("guess 9");
  await lookUp("real");
  expect(asked).toHaveLength(11);
});

test("without the database a source lives on for five seconds; a failure is not remembered", async () => {
  const { lookUp, state } = setUp();
  await lookUp("real");
  state.isAway = true;
  state.nowMs = 3_000;
  expect(await lookUp("real")).toMatchObject({ id: "real" });
  await new Promise(setImmediate);
  expect(await lookUp("real")).toMatchObject({ id: "real" });
  state.nowMs = 5_001;
  await expect(lookUp("real")).rejects.toThrow("away");
  state.isAway = false;
  expect(await lookUp("real")).toMatchObject({ id: "real" });
});
