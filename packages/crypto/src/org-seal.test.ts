import { randomBytes, randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { rewrapDataKey } from "./data-key.ts";
import { makeKeyRing } from "./key-ring.ts";
import { makeOrgSeal } from "./org-seal.ts";

const secret = () => {
  const text = randomBytes(32).toString("base64");
  return { reveal: () => text };
};
const active = secret();
const ring = makeKeyRing({ active });

/** As the table: the first record of an organisation stays. */
const makeStore = () => {
  const records = new Map<string, string>();
  let reads = 0;
  return {
    records,
    reads: () => reads,
    get: async ({ orgId }: { orgId: string }) => {
      reads += 1;
      return records.get(orgId);
    },
    create: async ({ orgId, record }: { orgId: string; record: string }) => {
      records.set(orgId, records.get(orgId) ?? record);
      return records.get(orgId) ?? "";
    },
  };
};

const placeOf = (orgId: string) => ({ orgId, table: "webhook_sources", rowId: "1", column: "secrets" });

test("an organisation's first secret makes its key; another process opens it", async () => {
  const dataKeys = makeStore();
  const place = placeOf(randomUUID());
  const sealed = await makeOrgSeal({ ring, dataKeys }).seal(place, "секрет");
  const other = makeOrgSeal({ ring, dataKeys });
  expect(await other.open(place, sealed)).toBe("секрет");
  expect(dataKeys.records.size).toBe(1);
});

test("two processes that seal the first secrets at once use one key", async () => {
  const dataKeys = makeStore();
  const place = placeOf(randomUUID());
  const [one, two] = [makeOrgSeal({ ring, dataKeys }), makeOrgSeal({ ring, dataKeys })];
  const sealed = await Promise.all([one.seal(place, "a"), two.seal(place, "b"), one.seal(place, "c")]);
  const third = makeOrgSeal({ ring, dataKeys });
  expect(await Promise.all(sealed.map((text) => third.open(place, text)))).toEqual(["a", "b", "c"]);
});

test("a value does not open for another organisation, row or column", async () => {
  const dataKeys = makeStore();
  const seal = makeOrgSeal({ ring, dataKeys });
  const place = placeOf(randomUUID());
  const sealed = await seal.seal(place, "x");
  const elsewhere = placeOf(randomUUID());
  await expect(seal.open(elsewhere, sealed)).rejects.toMatchObject({ reason: "unknown_key" });
  await seal.seal(elsewhere, "y");
  await expect(seal.open(elsewhere, sealed)).rejects.toMatchObject({ reason: "unknown_key" });
  await expect(seal.open({ ...place, rowId: "2" }, sealed)).rejects.toMatchObject({ reason: "refused" });
  await expect(seal.open({ ...place, column: "token" }, sealed)).rejects.toMatchObject({ reason: "refused" });
  await expect(seal.open(place, "plain")).rejects.toMatchObject({ reason: "not_sealed" });
});

test("the key is read once and again after five minutes; a failed read is not kept", async () => {
  const dataKeys = makeStore();
  let now = 0;
  const place = placeOf(randomUUID());
  const sealed = await makeOrgSeal({ ring, dataKeys }).seal(place, "x");
  let broken = true;
  const get: typeof dataKeys.get = async (input) => {
    if (broken) throw new Error("no database");
    return dataKeys.get(input);
  };
  const seal = makeOrgSeal({ ring, dataKeys: { ...dataKeys, get }, now: () => now });
  await expect(seal.open(place, sealed)).rejects.toThrow("no database");
  broken = false;
  const before = dataKeys.reads();
  await Promise.all([seal.open(place, sealed), seal.open(place, sealed), seal.seal(place, "y")]);
  expect(dataKeys.reads()).toBe(before + 1);
  now = 300_001;
  await seal.open(place, sealed);
  expect(dataKeys.reads()).toBe(before + 2);
});

test("an organisation that was erased and set up anew while its old key was kept", async () => {
  const dataKeys = makeStore();
  const place = placeOf(randomUUID());
  const [one, two] = [makeOrgSeal({ ring, dataKeys }), makeOrgSeal({ ring, dataKeys })];
  await one.seal(place, "old");
  dataKeys.records.clear();
  const sealed = await two.seal(place, "new");
  expect(await one.open(place, sealed)).toBe("new");
});

test("after a rotation the rewrapped record opens under the new key alone", async () => {
  const dataKeys = makeStore();
  const place = placeOf(randomUUID());
  const sealed = await makeOrgSeal({ ring, dataKeys }).seal(place, "x");
  const next = secret();
  const both = makeKeyRing({ active: next, previous: [active] });
  for (const [orgId, record] of dataKeys.records) dataKeys.records.set(orgId, rewrapDataKey(both, orgId, record));
  expect(await makeOrgSeal({ ring: makeKeyRing({ active: next }), dataKeys }).open(place, sealed)).toBe("x");
  await expect(makeOrgSeal({ ring, dataKeys }).open(place, sealed)).rejects.toMatchObject({ reason: "unknown_key" });
});
