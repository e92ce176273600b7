import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { inboundEvents, supabase } from "./fixture.ts";
import { arrivalOf, makeSource } from "./webhooks-in.fixture.ts";

const laneCount = 12;
const senders = 6;
const batchesPerSender = 20;
const batchSize = 5;
const total = senders * batchesPerSender * batchSize;

const times = <T>(count: number, make: (n: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => make(n)));

/** What was applied, lane by lane, in the order in which it was; `seq` is the order of arrival. */
const appliedSequences = async (orgId: string): Promise<Map<string, number[]>> => {
  const applied: { at: string; laneId: string; seq: number }[] = [];
  for (let from = 0; ; from += 1_000) {
    const { data, error } = await supabase
      .from("inbound_effects")
      .select("applied_at, event_id, inbound_events!inner(lane_id, seq)")
      .eq("org_id", orgId)
      .order("event_id")
      .range(from, from + 999);
    if (error) throw error;
    for (const row of data as unknown as { applied_at: string; inbound_events: { lane_id: string; seq: number } }[]) {
      applied.push({ at: row.applied_at, laneId: row.inbound_events.lane_id, seq: row.inbound_events.seq });
    }
    if (data.length < 1_000) break;
  }
  applied.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  const lanes = new Map<string, number[]>();
  for (const { laneId, seq } of applied) lanes.set(laneId, [...(lanes.get(laneId) ?? []), seq]);
  return lanes;
};

test("senders at once, every message twice, workers that take lanes from one another and vanish: each once, each lane in order", async () => {
  const source = await makeSource();
  const { orgId } = source;
  const laneIds = new Set<string>();
  let isSending = true;

  // Every message is sent twice, by different senders, in different company and order.
  const sending = times(senders, async (sender) => {
    for (let batch = 0; batch < batchesPerSender; batch += 1) {
      const own = Array.from({ length: batchSize }, (_, n) => [sender, batch, n] as const);
      const repeated = own.map(([, , n]) => [(sender + 1) % senders, batch, n] as const).toReversed();
      const arrivals = [...own, ...repeated].map(([from, b, n]) =>
        arrivalOf(source, `${from}-${b}-${n}`, { laneKey: `lane ${(from * 7 + b * 5 + n * 3) % laneCount}` }),
      );
      for (const { laneId } of (await inboundEvents.accept(arrivals)).wake) laneIds.add(laneId);
    }
  }).finally(() => {
    isSending = false;
  });

  let refused = 0;
  const work = times(6, async () => {
    for (;;) {
      const due = [...laneIds];
      const laneId = due[Math.floor(Math.random() * due.length)];
      if (laneId === undefined) {
        await new Promise(setImmediate);
        continue;
      }
      const lane = { orgId, laneId, leaseSeconds: 60, limit: 7 };
      const { lease, events } = await inboundEvents.claim(lane);
      const results = events.map(({ id }) => ({ eventId: id, effect: { kind: "none", handler: "test" } as const }));
      const vanishes = Math.random() < 0.2;
      if (lease !== undefined && !vanishes) {
        await inboundEvents.settle({ ...lane, lease, results }).catch((error: unknown) => {
          expect(error).toMatchObject({ code: "stale_lease" });
          refused += 1;
        });
      }
      const { count } = await supabase
        .from("inbound_events")
        .select("id", { count: "exact", head: true })
        .eq("org_id", orgId)
        .eq("state", "queued");
      if (!isSending && count === 0) return;
    }
  });
  await Promise.all([sending, work]);

  const lanes = await appliedSequences(orgId);
  expect(lanes.size).toBe(laneCount);
  for (const sequence of lanes.values()) expect(sequence).toEqual(sequence.toSorted((a, b) => a - b));
  const all = [...lanes.values()].flat();
  expect([all.length, new Set(all).size]).toEqual([total, total]);
  // Without this the fencing was not put to the test.
  expect(refused).toBeGreaterThan(0);
});

test("twenty claims at once: one token is valid, every other holder is refused", async () => {
  const source = await makeSource();
  const { wake } = await inboundEvents.accept([arrivalOf(source, "a")]);
  const lane = { orgId: source.orgId, laneId: wake[0]?.laneId ?? "", leaseSeconds: 60, limit: 10 };
  const claims = await times(20, () => inboundEvents.claim(lane));
  expect(new Set(claims.map(({ lease }) => lease)).size).toBe(20);
  const settled = await Promise.allSettled(
    claims.map(({ lease = "", events }) =>
      inboundEvents.settle({
        ...lane,
        lease,
        results: events.map(({ id }) => ({ eventId: id, effect: { kind: "none", handler: "test" } })),
      }),
    ),
  );
  expect(settled.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  expect((await inboundEvents.list({ ...source, limit: 10 })).events).toMatchObject([{ state: "done", attempts: 1 }]);
});

test("the same message from eight processes at once is stored once, and wakes its lane once", async () => {
  const source = await makeSource();
  for (let round = 0; round < 10; round += 1) {
    const keys = Array.from({ length: 4 }, () => randomUUID());
    const answers = await times(8, (n) =>
      inboundEvents.accept(
        keys.map((_, k) => arrivalOf(source, keys[(k + n) % 4] ?? "", { laneKey: `${(k + n) % 4}` })),
      ),
    );
    expect(answers.reduce((sum, { stored }) => sum + stored, 0)).toBe(4);
  }
});
