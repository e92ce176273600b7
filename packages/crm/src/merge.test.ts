import fc from "fast-check";
import { expect, test } from "vitest";
import { mergeFields, sameValue, type MergeInput } from "./merge.ts";

const merge = (input: Partial<MergeInput>) =>
  mergeFields({
    base: {},
    ours: {},
    crm: {},
    held: new Set(),
    policy: "crm_wins",
    writable: () => true,
    oursChangedAtMs: undefined,
    crmChangedAtMs: undefined,
    ...input,
  });

test("what one side changed goes to the other; what both changed alike is agreed", () => {
  const base = { name: "Иван", phone: ["1"], city: "Омск", note: "a" };
  const merged = merge({
    base,
    ours: { ...base, name: "Пётр", note: "b" },
    crm: { ...base, phone: ["2", "1"], note: "b" },
  });
  expect(merged).toMatchObject({
    fields: { name: "Пётр", phone: ["2", "1"], city: "Омск", note: "b" },
    base: { name: "Иван", phone: ["2", "1"], note: "b" },
    pulled: ["phone"],
    pushes: ["name"],
    conflicts: [],
  });
});

test.each([
  ["crm_wins", "Их", [], "crm"],
  ["ours_wins", "Наше", ["name"], "ours"],
  ["manual", "Наше", [], null],
] as const)("%s decides what both changed", (policy, kept, pushes, resolution) => {
  const merged = merge({ base: { name: "Было" }, ours: { name: "Наше" }, crm: { name: "Их" }, policy });
  expect(merged.fields).toEqual({ name: kept });
  expect(merged.pushes).toEqual(pushes);
  expect(merged.conflicts).toEqual([{ field: "name", ours: "Наше", crm: "Их", base: "Было", resolution }]);
});

test("newest goes by the time of the change", () => {
  const both = { base: { n: 1 }, ours: { n: 2 }, crm: { n: 3 }, policy: "newest" as const };
  expect(merge({ ...both, oursChangedAtMs: 2, crmChangedAtMs: 1 }).fields).toEqual({ n: 2 });
  expect(merge({ ...both, oursChangedAtMs: 1, crmChangedAtMs: 2 }).fields).toEqual({ n: 3 });
});

test("a held field is written by neither side; the same value on both ends the conflict", () => {
  const held = new Set(["name"]);
  const waiting = merge({ base: { name: "Было" }, ours: { name: "Наше" }, crm: { name: "Новее" }, held });
  expect(waiting).toMatchObject({ fields: { name: "Наше" }, base: { name: "Было" }, pushes: [], pulled: [] });
  expect(waiting.conflicts).toMatchObject([{ crm: "Новее", resolution: null }]);
  expect(merge({ base: { name: "Было" }, ours: { name: "Наше" }, crm: { name: "Наше" }, held }).closes).toEqual([
    "name",
  ]);
});

test("a field only the CRM may change is taken from it; one it does not tell stays", () => {
  const merged = merge({
    base: { status: "open" },
    ours: { status: "won", amount: 5 },
    crm: { status: "lost" },
    writable: (field) => field !== "status",
    policy: "ours_wins",
  });
  expect(merged).toMatchObject({ fields: { status: "lost", amount: 5 }, pushes: ["amount"], conflicts: [] });
});

const value = fc.constantFrom(null, "", "a", "b", 1, true, ["x", "y"], ["y", "x"], []);
const side = fc.dictionary(fc.constantFrom("name", "phone", "amount", "city"), value, { maxKeys: 4 });
const inputs = fc.record({
  base: side,
  ours: side,
  crm: side,
  policy: fc.constantFrom("crm_wins", "ours_wins", "newest", "manual"),
  oursChangedAtMs: fc.nat(3),
  crmChangedAtMs: fc.nat(3),
});

test("merging the outcome with the same CRM again changes nothing", () => {
  fc.assert(
    fc.property(inputs, (input) => {
      const once = merge(input);
      const held = new Set(once.conflicts.filter(({ resolution }) => resolution === null).map(({ field }) => field));
      const twice = merge({ ...input, base: once.base, ours: once.fields, held });
      expect(twice.fields).toEqual(once.fields);
      expect(twice.base).toEqual(once.base);
      expect(twice.pulled).toEqual([]);
      expect(twice.pushes).toEqual(once.pushes);
    }),
  );
});

test("once what is ours is written, both sides hold the same, but for what waits for a person", () => {
  fc.assert(
    fc.property(inputs, (input) => {
      const { fields, pushes, conflicts } = merge(input);
      const crm = { ...input.crm, ...Object.fromEntries(pushes.map((field) => [field, fields[field] ?? null])) };
      const open = new Set(conflicts.filter(({ resolution }) => resolution === null).map(({ field }) => field));
      for (const field of Object.keys(crm)) {
        if (!open.has(field)) expect(sameValue(fields[field], crm[field])).toBe(true);
      }
      if (input.policy !== "manual") expect(open.size).toBe(0);
    }),
  );
});
