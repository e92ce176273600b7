import { randomUUID } from "node:crypto";
import { PermanentError } from "@gpt-agent/jobs/errors";
import { webhooks } from "@gpt-agent/jobs/queues/webhooks";
import type { ClaimedLane, InboundEvents, SettledLane } from "@gpt-agent/supabase/inbound-events";
import { perform } from "@gpt-agent/worker/testing";
import { expect, test } from "vitest";
import { makeHandler } from "../handler.ts";
import { makeInbound } from "./handle.ts";
import type { InboundHandler, QueuedEvent } from "./ports.ts";
import { makeInboundDue, makeInboundFailed } from "./sweep.ts";

const [orgId, laneId] = [randomUUID(), randomUUID()];
const job = { kind: "inbound", orgId, laneId } as const;

const eventOf = (id: string, fields: Partial<QueuedEvent> = {}): QueuedEvent => ({
  id,
  seq: 1,
  sourceId: "s",
  scheme: "hmac",
  eventType: null,
  trust: "signed",
  contentType: "application/json",
  headers: {},
  attempts: 0,
  receivedAt: "2026-11-24T00:00:00+00:00",
  raw: Buffer.from("{}"),
  forwardEventType: null,
  connection: null,
  ...fields,
});
const settledWith = (fields: Partial<SettledLane>): SettledLane => ({
  done: 0,
  dead: 0,
  dueInMs: null,
  endpointIds: [],
  events: [],
  ...fields,
});

/** A lane whose batches come in this order, and what it was told. */
const laneOf = (claimed: ClaimedLane, ...answers: readonly SettledLane[]) => {
  const settled: Parameters<InboundEvents["settle"]>[0]["results"][] = [];
  const rest = [...answers];
  const events = {
    claim: async () => claimed,
    settle: async ({ results }: Parameters<InboundEvents["settle"]>[0]) => {
      settled.push(results);
      return rest.shift() ?? settledWith({ done: results.length });
    },
  };
  return { events, settled };
};
const run = (events: Pick<InboundEvents, "claim" | "settle">, decide: InboundHandler) =>
  perform(
    webhooks,
    makeHandler({ inbound: makeInbound({ events, decide }), deliver: () => Promise.reject(new Error("not this")) }),
    job,
  );
const keep: InboundHandler = () => ({ kind: "none", handler: "keep" });

test("drains the lane batch by batch and wakes whoever has something to do now, once", async () => {
  const [connectionId, endpointId] = [randomUUID(), randomUUID()];
  const { events, settled } = laneOf(
    { lease: "l", events: [eventOf("a"), eventOf("b")] },
    settledWith({ done: 2, events: [eventOf("c")], endpointIds: [endpointId, endpointId] }),
  );
  const outcome = await run(events, () => ({ kind: "refetch", handler: "crm", connectionId, changes: [] }));
  expect(outcome.state).toBe("completed");
  expect(settled.map((results) => results.map(({ eventId }) => eventId))).toEqual([["a", "b"], ["c"]]);
  expect(outcome.enqueued.map(({ payload }) => payload)).toEqual([
    { kind: "refetch", orgId, connectionId },
    { kind: "deliver", orgId, endpointId },
    { kind: "refetch", orgId, connectionId },
  ]);
});

test("an idle or blocked lane is nothing to do; a parked one is waited for", async () => {
  expect(await run(laneOf({ events: [] }).events, keep)).toMatchObject({ state: "completed" });
  expect(await run(laneOf({ events: [], dueInMs: 7_000 }).events, keep)).toMatchObject({
    state: "continued",
    delayMs: 7_000,
  });
});

test("what fails is told with its code; what stands behind it waits, unless it is dead at once", async () => {
  const lane = laneOf(
    { lease: "l", events: [eventOf("a"), eventOf("b"), eventOf("c")] },
    settledWith({ dueInMs: 5_000 }),
  );
  const outcome = await run(lane.events, ({ id }) => {
    if (id === "a") throw new PermanentError("webhook_unreadable", "не читается");
    if (id === "b") throw new Error("упало");
    return { kind: "none", handler: "keep" };
  });
  expect(lane.settled).toEqual([
    [
      { eventId: "a", error: { code: "webhook_unreadable", message: "не читается", permanent: true } },
      { eventId: "b", error: { code: "unexpected_error", message: "упало", permanent: false } },
    ],
  ]);
  expect(outcome).toMatchObject({ state: "continued", delayMs: 5_000 });
});

test("a long lane gives others their turn and goes on", async () => {
  const batch = Array.from({ length: 20 }, (_, n) => eventOf(`${n}`));
  let settledCount = 0;
  const events = {
    claim: async () => ({ lease: "l", events: batch }),
    settle: async () => {
      settledCount += batch.length;
      return settledWith({ done: batch.length, events: batch });
    },
  };
  expect(await run(events, keep)).toMatchObject({ state: "continued" });
  expect(settledCount).toBe(500);
});

test("a database that is away is the job's failure, not the event's", async () => {
  const events = {
    ...laneOf({ lease: "l", events: [eventOf("a")] }).events,
    settle: () => Promise.reject(new Error("away")),
  };
  expect(await run(events, keep)).toMatchObject({ state: "retry" });
});

test("an event that kills workers is dead; a job that failed for another reason leaves it to the sweep", async () => {
  const { events, settled } = laneOf({ lease: "l", events: [eventOf("killer")] });
  const onFailed = makeInboundFailed(events);
  await onFailed(job, { code: "attempts_exhausted", message: "away" });
  await onFailed({ kind: "deliver", orgId, endpointId: laneId }, { code: "poison", message: "" });
  expect(settled).toEqual([]);
  await onFailed(job, { code: "poison", message: "умер" });
  expect(settled).toEqual([[{ eventId: "killer", error: { code: "poison", message: "умер", permanent: true } }]]);
});

test("the sweep pages through due lanes, then tidies until little is left", async () => {
  const lanes = Array.from({ length: 700 }, (_, n) => ({ orgId, laneId: String(n).padStart(4, "0") }));
  const left = [500, 500, 12];
  const due = makeInboundDue({
    dueLanes: async ({ afterLaneId = "", limit }) => lanes.filter(({ laneId }) => laneId > afterLaneId).slice(0, limit),
    tidy: async () => left.shift() ?? Promise.reject(new Error("nothing is left")),
  });
  const found = await Array.fromAsync(due());
  expect(found).toHaveLength(700);
  expect(new Set(found.map(({ laneId }) => laneId)).size).toBe(700);
  expect(left).toEqual([]);
});
