import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { makeDataKeyRotation } from "../src/data-keys.ts";
import { dataKeys, supabase } from "./fixture.ts";

const rotation = makeDataKeyRotation(supabase);
const record = (name: string, dataKey = "b".repeat(16)) => `dk1.${"a".repeat(16)}.${dataKey}.${name}`;

test("an organisation's first data key stays, whoever comes second", async () => {
  const [orgId, other] = [randomUUID(), randomUUID()];
  expect(await dataKeys.get({ orgId })).toBeUndefined();
  expect(await dataKeys.create({ orgId, record: record("one") })).toBe(record("one"));
  expect(await dataKeys.create({ orgId, record: record("two") })).toBe(record("one"));
  expect(await dataKeys.get({ orgId })).toBe(record("one"));
  expect(await dataKeys.get({ orgId: other })).toBeUndefined();
});

test("rotation lists every organisation in pages and replaces only what it has read", async () => {
  const orgIds = [randomUUID(), randomUUID(), randomUUID()];
  for (const orgId of orgIds) await dataKeys.create({ orgId, record: record("one") });
  const seen: string[] = [];
  for (let afterOrgId: string | undefined; ;) {
    const page = await rotation.list({ limit: 2, ...(afterOrgId !== undefined && { afterOrgId }) });
    seen.push(...page.map(({ orgId }) => orgId));
    afterOrgId = page.at(-1)?.orgId;
    if (afterOrgId === undefined) break;
  }
  expect(seen).toEqual(expect.arrayContaining(orgIds));
  expect(new Set(seen).size).toBe(seen.length);

  const [orgId = ""] = orgIds;
  expect(await rotation.replace({ orgId, before: record("one"), after: record("two") })).toBe(true);
  expect(await rotation.replace({ orgId, before: record("one"), after: record("three") })).toBe(false);
  expect(await dataKeys.get({ orgId })).toBe(record("two"));
  const otherKey = record("four", "c".repeat(16));
  await expect(rotation.replace({ orgId, before: record("two"), after: otherKey })).rejects.toMatchObject({
    code: "database_refused",
  });
});
