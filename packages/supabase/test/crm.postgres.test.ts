import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { crmRepositories } from "./crm-scene.ts";

const {
  crmConflicts: conflicts,
  crmConnections: connections,
  crmOutbox: outbox,
  crmRecords: records,
  crmRefetches: refetches,
  crmTokens: tokens,
} = crmRepositories;

const connect = async () => {
  const place = { orgId: randomUUID(), connectionId: randomUUID() };
  await connections.create({ orgId: place.orgId, id: place.connectionId, provider: "kommo", name: "Гонка" });
  await tokens.authorize({ ...place, sealed: "v1.sealed", refreshable: true, expiresAtMs: 0 });
  return place;
};

test("a hundred processes want to refresh: one gets the lease, and the next only once the version has moved on", async () => {
  const place = await connect();
  const { version = 0 } = (await tokens.read(place)) ?? {};
  const take = () => tokens.takeLease({ ...place, version, leaseSeconds: 60 });
  const leases = (await Promise.all(Array.from({ length: 100 }, take))).filter((lease) => lease !== undefined);
  expect(leases).toHaveLength(1);
  const [lease = ""] = leases;
  expect(await tokens.beginRefresh({ ...place, version, lease, leaseSeconds: 60 })).toBe(true);
  const answer = { sealed: "v1.new", refreshable: true, expiresAtMs: 0, version: version + 1 };
  await tokens.rescue({ ...place, ...answer });
  // Whoever reads now finishes the last step, all at once and once.
  const read = await Promise.all(Array.from({ length: 30 }, () => tokens.read(place)));
  expect(new Set(read.map((row) => `${row?.version} ${row?.tokens}`))).toEqual(new Set([`${version + 1} v1.new`]));
  expect(await tokens.commit({ ...place, version: version + 1 })).toBe(true);
  expect(await take()).toBeUndefined();
});

test("pages, edits, writes, decisions and events over the same records at once: nobody deadlocks, every write is settled", async () => {
  const place = { ...(await connect()), entity: "contact" };
  const ids = Array.from({ length: 40 }, (_, n) => String(n + 1));
  const row = (remoteId: string, version: number, n: number) => ({
    remoteId,
    version,
    fields: { name: `их ${n}` },
    base: { name: `их ${n}` },
    remote: { fields: { name: `их ${n}` }, customFields: {} },
    raw: null,
    links: [],
    remoteUpdatedAtMs: n,
    pulled: ["name"],
    closes: [],
    push: n % 3 === 0,
    conflicts: n % 5 === 0 ? [{ field: "name", ours: "а", crm: "б", base: null, resolution: null }] : [],
  });
  await records.apply({ ...place, rows: ids.map((id) => row(id, 0, 1)) });
  const known = (await records.list({ ...place, limit: 99 })).records;
  const shuffled = <T>(all: readonly T[]): T[] => all.toSorted(() => Math.random() - 0.5);

  const page = async (n: number) => {
    const some = shuffled(ids).slice(0, 20);
    const versions = new Map(
      (await records.toMerge({ ...place, remoteIds: some })).map(({ remoteId, version }) => [remoteId, version]),
    );
    const rows = some.slice(2).map((id) => row(id, versions.get(id) ?? 0, n));
    await records.apply({ ...place, rows, missing: some.slice(0, 2) });
  };
  const edit = async (n: number) => {
    const recordId = shuffled(known)[0]?.id ?? "";
    await records
      .edit({ ...place, recordId, changes: { name: `наше ${n}` }, idempotencyKey: randomUUID() })
      .catch((error: unknown) => expect(error).toMatchObject({ code: "superseded" })); // deleted in the CRM
  };
  const push = async (n: number) => {
    const claimed = await outbox.claim({ ...place, limit: 10, leaseSeconds: n % 4 === 0 ? -1 : 60 });
    const results = shuffled(claimed).map(({ id, remoteId, fields }, index) =>
      index % 3 === 0
        ? { id, state: "unclear" as const }
        : { id, state: "done" as const, remoteId: remoteId ?? undefined, agreed: fields, pushed: ["name"], more: true },
    );
    await outbox.settle({ ...place, lease: claimed[0]?.lease ?? randomUUID(), results });
  };
  const decide = async () => {
    const { conflicts: open } = await conflicts.list({ ...place, state: "open", limit: 5 });
    for (const { id: conflictId } of shuffled(open))
      await conflicts.resolve({ ...place, conflictId, resolution: "ours" });
  };
  const event = () =>
    refetches.request({ ...place, changes: shuffled(ids).map((remoteId) => ({ entity: "contact", remoteId })) });

  const work = [page, edit, push, decide, event];
  await Promise.all(
    Array.from({ length: 12 }, async (_, worker) => {
      for (let n = 2; n < 14; n += 1) await (work[(worker + n) % work.length] ?? page)(n);
    }),
  );

  for (let round = 0; round < 60; round += 1) {
    const claimed = await outbox.claim({ ...place, limit: 99, leaseSeconds: 60 });
    if (claimed.length === 0) break;
    const results = claimed.map(({ id, remoteId, fields }) => ({
      id,
      state: "done" as const,
      remoteId: remoteId ?? undefined,
      agreed: fields,
    }));
    expect(await outbox.settle({ ...place, lease: claimed[0]?.lease ?? "", results })).toBe(claimed.length);
  }
  expect(await outbox.waiting({ ...place, limit: 99 })).toEqual([]);
  expect((await records.list({ ...place, limit: 99 })).records).toHaveLength(ids.length);
});
