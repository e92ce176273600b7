import type { PlannedFault } from "@gpt-agent/local/sandboxes/faults";
import fc from "fast-check";
import { expect, test } from "vitest";
import { hurry, repositories, startPlace } from "./fixture.ts";

// Random edits on both sides, random faults in between, jobs in any order and side by side, and a CRM that echoes every
// change, our own too, twice and late: in the end both sides hold the same, and nothing was written more often than somebody
// here had edited it.

const { records, conflicts, outbox, refetches } = repositories;

const which = fc.nat(3);
const text = fc.constantFrom("Поставка", "Аренда", "Ремонт", "Услуги");
const amount = fc.constantFrom(0, 100, 2_500);
const change = fc.oneof(
  text.map((name) => ({ name })),
  amount.map((amount) => ({ amount })),
);
const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("ourEdit" as const), which, change }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("crmEdit" as const), which, change }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("ourCreate" as const), name: text }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("crmAdd" as const), name: text }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("event" as const), which }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("echoes arrive" as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("job" as const), kind: fc.constantFrom("sync", "push", "refetch") }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("jobs at once" as const) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("push and lose the answer" as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("fault" as const),
      fault: fc.constantFrom<PlannedFault["fault"]["kind"]>("drop", "dropAfterwards", "answer"),
      after: fc.nat(1),
      /** Most requests read; the interesting ones write. */
      onWrite: fc.boolean(),
    }),
  },
);
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

const planned = ({ fault, after, onWrite }: Extract<Action, { do: "fault" }>): PlannedFault => ({
  name: fault,
  after,
  ...(onWrite && { when: ({ method }) => method !== "GET" }),
  fault:
    fault === "answer"
      ? { kind: "answer", answer: { status: 502, headers: {}, body: "Bad Gateway" } }
      : { kind: fault as "drop" | "dropAfterwards" },
});

const converge = async (actions: readonly Action[], policy: "crm_wins" | "ours_wins" | "newest") => {
  const place = await startPlace({ policy });
  const { sandbox, key, run } = place;
  const { store, faults } = sandbox;
  const edits = new Map<string, number>();
  let ourCreations = 0;
  const addDeal = (name: string): string =>
    store.add("leads", { name, price: 1, pipeline_id: 1, status_id: 70_001 }).id;
  const ids = [addDeal("Первая"), addDeal("Вторая")];
  await run("sync");
  const echoes: { readonly entity: string; readonly remoteId: string }[] = [];
  store.onChange(({ record }) => record.type === "leads" && echoes.push({ entity: "deal", remoteId: record.id }));
  const echo = async (): Promise<void> => {
    const changes = echoes.splice(0);
    if (changes.length > 0) await refetches.request({ ...key, changes: [...changes, ...changes] });
  };

  for (const one of actions) {
    const remoteId = "which" in one ? (ids[one.which % ids.length] ?? "") : "";
    if (one.do === "crmAdd") ids.push(addDeal(one.name));
    if (one.do === "crmEdit") {
      const { name, amount } = { name: undefined, amount: undefined, ...one.change };
      store.edit("leads", remoteId, {
        ...(name !== undefined && { name }),
        ...(amount !== undefined && { price: amount }),
      });
    }
    if (one.do === "ourEdit") {
      const record = await place.recordOf("deal", remoteId);
      if (record === undefined) continue;
      await place.edit(record.id, { ...one.change });
      edits.set(remoteId, (edits.get(remoteId) ?? 0) + 1);
    }
    if (one.do === "ourCreate") {
      ourCreations += 1;
      await records.create({ ...key, entity: "deal", fields: { name: one.name }, idempotencyKey: crypto.randomUUID() });
    }
    if (one.do === "echoes arrive") await echo();
    if (one.do === "event") await refetches.request({ ...key, changes: [{ entity: "deal", remoteId }] });
    if (one.do === "push and lose the answer") {
      faults.plan({ name: "lost", fault: { kind: "dropAfterwards" }, when: ({ method }) => method !== "GET" });
      await run("push");
    }
    if (one.do === "fault") faults.plan(planned(one));
    if (one.do === "job") await run(one.kind);
    if (one.do === "jobs at once") await Promise.all([run("sync"), run("push"), run("refetch")]);
  }

  faults.clear();
  for (let round = 0; round < 3; round += 1) {
    await echo();
    for (const kind of ["push", "refetch", "sync"] as const) {
      await hurry(key.connectionId);
      await run(kind);
    }
  }
  expect(await outbox.waiting({ ...key, limit: 99 })).toEqual([]);
  expect(
    (await conflicts.list({ ...key, state: "open", limit: 99 })).conflicts.filter((c) => c.reason !== "flipping"),
  ).toEqual([]);
  const ours = (await records.list({ ...key, entity: "deal", limit: 99 })).records;
  const theirs = store.live("leads");
  expect(theirs).toHaveLength(ids.length + ourCreations);
  const side = (one: { id: string; name: unknown; amount: unknown }) => ({ ...one, amount: one.amount ?? 0 });
  const sorted = (all: ReturnType<typeof side>[]) => all.sort((a, b) => Number(a.id) - Number(b.id));
  expect(
    sorted(
      ours.map(({ remoteId, fields }) => side({ id: remoteId ?? "", name: fields["name"], amount: fields["amount"] })),
    ),
  ).toEqual(sorted(theirs.map(({ id, data }) => side({ id, name: data["name"], amount: data["price"] }))));
  for (const { id } of theirs) {
    const creations = store.get("leads", id)?.version === undefined || ids.includes(id) ? 0 : 1;
    expect(store.appWrites("leads", id)).toBeLessThanOrEqual((edits.get(id) ?? 0) + creations);
  }
};

test("random edits on both sides and random faults converge, with at most one write per edit", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(action, { minLength: 10, maxLength: 30 }),
      fc.constantFrom("crm_wins", "ours_wins", "newest"),
      converge,
    ),
    { numRuns: 5, endOnFailure: true },
  );
});
