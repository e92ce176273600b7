import { PermanentError } from "@gpt-agent/jobs/errors";
import type { Accepted, NewInboundEvent } from "@gpt-agent/supabase/inbound-events";
import { UnavailableError } from "@gpt-agent/supabase/errors";
import { expect, test } from "vitest";
import { makeAcceptor } from "./acceptor.ts";

const eventOf = (dedupeKey: string, raw = ""): NewInboundEvent => ({
  orgId: "o",
  sourceId: "s",
  laneKey: "",
  dedupeKey,
  eventType: null,
  trust: "signed",
  contentType: "application/json",
  headers: {},
  raw,
});
const storedAll: Accepted = { stored: 0, refused: [], wake: [] };

/** A database whose transactions end when the test says so. */
const makeDatabase = () => {
  const under: { keys: string[]; end: PromiseWithResolvers<Accepted> }[] = [];
  const batches: string[][] = [];
  return {
    batches,
    accept: (events: readonly NewInboundEvent[]) => {
      const end = Promise.withResolvers<Accepted>();
      const keys = events.map(({ dedupeKey }) => dedupeKey);
      batches.push(keys);
      under.push({ keys, end });
      return end.promise;
    },
    commit: (answer: Accepted = storedAll) => under.shift()?.end.resolve(answer),
    fail: (error: Error) => under.shift()?.end.reject(error),
  };
};
const ignore = () => {};

test("an idle process stores at once; what arrives meanwhile goes together", async () => {
  const database = makeDatabase();
  const store = makeAcceptor({ events: database, wake: ignore }, { maxUnderWay: 1 });
  const first = store([eventOf("1")]);
  await expect.poll(() => database.batches).toEqual([["1"]]);
  const rest = ["2", "3", "4"].map((key) => store([eventOf(key)]));
  database.commit();
  expect(await first).toBe("stored");
  await expect.poll(() => database.batches).toEqual([["1"], ["2", "3", "4"]]);
  database.commit();
  expect(await Promise.all(rest)).toEqual(["stored", "stored", "stored"]);
});

test("a slow transaction is not waited for, but only so many are under way", async () => {
  const database = makeDatabase();
  const store = makeAcceptor({ events: database, wake: ignore }, { patienceMs: 1, maxUnderWay: 2 });
  const all = [store([eventOf("1")])];
  await expect.poll(() => database.batches).toHaveLength(1);
  all.push(store([eventOf("2")]));
  await expect.poll(() => database.batches).toEqual([["1"], ["2"]]);
  all.push(store([eventOf("3")]));
  database.commit();
  await expect.poll(() => database.batches).toEqual([["1"], ["2"], ["3"]]);
  database.commit();
  database.commit();
  expect(await Promise.all(all)).toEqual(["stored", "stored", "stored"]);
});

test("a batch has bounds; a request's events stay together", async () => {
  const database = makeDatabase();
  const store = makeAcceptor({ events: database, wake: ignore }, { maxUnderWay: 1, maxBatch: 3, maxBatchBytes: 10 });
  const all = [
    store([eventOf("1"), eventOf("2")]),
    store([eventOf("3"), eventOf("4")]),
    store([eventOf("5", "x".repeat(20))]),
  ];
  for (let n = 1; n <= 3; n += 1) {
    await expect.poll(() => database.batches).toHaveLength(n);
    database.commit();
  }
  await Promise.all(all);
  expect(database.batches).toEqual([["1", "2"], ["3", "4"], ["5"]]);
});

test("only those are refused whose source is gone, and lanes are woken", async () => {
  const database = makeDatabase();
  const woken: unknown[] = [];
  const store = makeAcceptor({ events: database, wake: (lanes) => woken.push(...lanes) });
  const all = [store([eventOf("1"), eventOf("2")]), store([eventOf("3")]), store([eventOf("4")])];
  await expect.poll(() => database.batches).toHaveLength(1);
  const wake = [{ orgId: "o", laneId: "l" }];
  database.commit({ stored: 3, refused: [2], wake });
  expect(await Promise.all(all)).toEqual(["stored", "refused", "stored"]);
  expect(woken).toEqual(wake);
});

test("what the database refuses takes nobody with it", async () => {
  const accept = async (events: readonly NewInboundEvent[]) => {
    if (events.some(({ dedupeKey }) => dedupeKey === "bad")) throw new PermanentError("database_refused", "no");
    return storedAll;
  };
  const store = makeAcceptor({ events: { accept }, wake: ignore });
  const outcomes = await Promise.allSettled(["1", "bad", "2"].map((key) => store([eventOf(key)])));
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
});

test("a broken connection costs one more try; a database that stays away is said to be", async () => {
  const database = makeDatabase();
  const store = makeAcceptor({ events: database, wake: ignore });
  const away = new UnavailableError("database_unavailable", "away", {});
  const once = store([eventOf("1")]);
  await expect.poll(() => database.batches).toHaveLength(1);
  database.fail(away);
  await expect.poll(() => database.batches).toHaveLength(2);
  database.commit();
  expect(await once).toBe("stored");
  const twice = store([eventOf("2")]);
  for (const count of [3, 4]) {
    await expect.poll(() => database.batches).toHaveLength(count);
    database.fail(away);
  }
  await expect(twice).rejects.toBe(away);
});

test("nobody waits longer than the limit, and what was given up is not stored on its behalf", async () => {
  const database = makeDatabase();
  const store = makeAcceptor({ events: database, wake: ignore }, { maxUnderWay: 1, timeoutMs: 20 });
  const outcomes = await Promise.allSettled([
    store([eventOf("1")]),
    new Promise(setImmediate).then(() => store([eventOf("2")])),
  ]);
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({ reason: { code: "database_unavailable", headers: { "retry-after": "5" } } });
  }
  const last = store([eventOf("3")]);
  database.commit();
  await expect.poll(() => database.batches).toEqual([["1"], ["3"]]);
  database.commit();
  expect(await last).toBe("stored");
});

test("memory is bounded: beyond it senders are asked to come back", async () => {
  const database = makeDatabase();
  const store = makeAcceptor({ events: database, wake: ignore }, { maxUnderWay: 1, maxWaiting: 2, timeoutMs: 20 });
  const outcomes = await Promise.allSettled(["1", "2", "3"].map((key) => store([eventOf(key)])));
  expect(outcomes[2]).toMatchObject({ reason: { code: "database_unavailable" } });
});
