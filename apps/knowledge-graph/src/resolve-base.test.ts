import { randomUUID } from "node:crypto";
import { PermanentError } from "@gpt-agent/jobs/errors";
import { knowledgeGraph } from "@gpt-agent/jobs/queues/knowledge-graph";
import { perform } from "@gpt-agent/worker/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { makeHandler } from "./handler.ts";
import type { Ports, Resolution } from "./ports.ts";
import { canonicalChanges, type Decided, type Nameable } from "./resolution/canonicals.ts";

const base = { orgId: randomUUID(), knowledgeBaseId: randomUUID() };
const organization = (id: string, name: string): Nameable => ({ id, type: "organization", name, canonicalId: id });

/** A base in memory, which counts what is assigned. */
const makeBase = (entities: readonly Nameable[], decisions: readonly Decided[] = []) => {
  const rows = new Map(entities.map((entity) => [entity.id, entity]));
  const changes = new Set([1]);
  let assigned = 0;
  const resolution: Resolution = {
    latestChange: async () => (changes.size === 0 ? undefined : Math.max(...changes)),
    entities: async function* () {
      yield* rows.values();
    },
    decisions: async () => decisions,
    assign: async ({ change, assignments }) => {
      if (!changes.has(change)) throw new PermanentError("stale_lease", "settled meanwhile");
      for (const { id, canonicalId } of assignments) {
        const row = rows.get(id);
        if (row) rows.set(id, { ...row, canonicalId });
      }
      assigned += assignments.length;
      return assignments.length;
    },
    settle: async ({ change }) => changes.forEach((one) => one <= change && changes.delete(one)),
  };
  const unused = (): never => {
    throw new Error("not part of this job");
  };
  const ports: Ports = {
    graph: { claim: unused, pending: unused, applyChunk: unused, finish: unused },
    ontologies: { versions: unused },
    documents: { renewLease: unused },
    extractor: { key: "none", chunksPerCall: 1, extract: unused },
    now: unused,
    resolution,
  };
  return {
    run: () => perform(knowledgeGraph, makeHandler(ports), { kind: "resolve", ...base }),
    canonicals: () => Object.fromEntries([...rows].map(([id, { canonicalId }]) => [id, canonicalId])),
    assigned: () => assigned,
    changes,
  };
};

test("entities that are one thing stand for the smallest id; a second run changes nothing", async () => {
  const world = makeBase([
    organization("c", "ООО «Ромашка»"),
    organization("b", "Ромашкой"),
    organization("a", "Лютик"),
  ]);
  expect((await world.run()).state).toBe("completed");
  expect(world.canonicals()).toEqual({ a: "a", b: "b", c: "b" });
  world.changes.add(2);
  expect((await world.run()).state).toBe("completed");
  expect(world.assigned()).toBe(1);
  expect(world.changes.size).toBe(0);
});

test("without a change of names nothing is read", async () => {
  const world = makeBase([organization("a", "Ромашка"), organization("b", "Ромашки")]);
  world.changes.clear();
  expect((await world.run()).state).toBe("completed");
  expect(world.canonicals()).toEqual({ a: "a", b: "b" });
});

test("people's decisions count more than names", () => {
  const entities = [organization("a", "Ромашка"), organization("b", "Ромашки"), organization("c", "Daisy")];
  const decided = (firstId: string, secondId: string, verdict: Decided["verdict"]) => ({ firstId, secondId, verdict });
  expect(canonicalChanges(entities, [decided("a", "b", "apart")])).toEqual([]);
  expect(canonicalChanges(entities, [decided("a", "c", "same"), decided("b", "c", "apart")])).toEqual([
    { id: "c", canonicalId: "a" },
  ]);
  expect(canonicalChanges(entities, [decided("a", "gone", "same")])).toEqual([{ id: "b", canonicalId: "a" }]);
});

test("the same names give the same answer in any order, whatever stood before", () => {
  const name = fc.constantFrom("Ромашка", "Ромашки", "ООО «Ромашка»", "МВД", "Министерство внутренних дел", "Мак");
  const entities = fc.uniqueArray(fc.record({ id: fc.uuid(), name, canonicalId: fc.uuid() }), {
    selector: ({ id }) => id,
    maxLength: 10,
  });
  const outcome = (all: readonly Nameable[]) => {
    const changed = new Map(canonicalChanges(all, []).map(({ id, canonicalId }) => [id, canonicalId]));
    return new Map(all.map(({ id, canonicalId }) => [id, changed.get(id) ?? canonicalId]));
  };
  fc.assert(
    fc.property(entities, (drawn) => {
      const all = drawn.map((entity) => ({ ...entity, type: "organization" }));
      const fresh = all.map((entity) => ({ ...entity, canonicalId: entity.id })).toReversed();
      expect(Object.fromEntries(outcome(all))).toEqual(Object.fromEntries(outcome(fresh)));
    }),
  );
});
