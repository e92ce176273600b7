import { expect, test } from "vitest";
import { documents, graph, graphResolution, makePlace, publish, readGraph, type Place } from "./fixture.ts";

const names = ["Ромашка", "Ромашки", "Лютик", "Мак"];
const contents = ["Ромашка купила Лютик.", "Лютик у Ромашки.", "Ромашки любят Мак."];

const baseOf = ({ orgId, base }: Place) => ({ orgId, knowledgeBaseId: base.id });

const idsOf = async (place: Place): Promise<ReadonlyMap<string, string>> =>
  new Map((await Array.fromAsync(graphResolution.entities(baseOf(place)))).map(({ name, id }) => [name, id]));

/** Makes things with these names one, by the smallest id, as the worker does. */
const unite = async (place: Place, ...together: readonly string[]): Promise<string> => {
  const ids = await idsOf(place);
  const members = together.map((name) => ids.get(name) ?? "");
  const canonicalId = members.toSorted()[0] ?? "";
  const change = (await graphResolution.latestChange(baseOf(place))) ?? 0;
  const assignments = members.map((id) => ({ id, canonicalId }));
  await graphResolution.assign({ ...baseOf(place), change, assignments });
  await graphResolution.settle({ ...baseOf(place), change });
  return canonicalId;
};

const makeGarden = async () => {
  const place = await makePlace();
  const leased = await publish(place, contents);
  await readGraph(place, leased, names);
  return { place, leased };
};

const view = async ({ orgId, base }: Place) => {
  const { entities, edges } = await graph.export({ orgId, knowledgeBaseId: base.id });
  const nameOf = new Map(entities.map(({ id, name }) => [id, name]));
  return {
    entities: new Set(
      entities.map(({ name, aliases, mentionCount }) => `${[name, ...aliases].join("=")} ${mentionCount}`),
    ),
    edges: new Set(
      edges.map(({ sourceId, targetId, weight }) => `${nameOf.get(sourceId)}>${nameOf.get(targetId)} ${weight}`),
    ),
  };
};

test("two entities that are one thing are read as one: mentions, edges, neighbours, paths; either id finds it", async () => {
  const { place } = await makeGarden();
  const { orgId } = place;
  const before = await view(place);
  expect(before.entities).toEqual(new Set(["Ромашка 1", "Ромашки 2", "Лютик 2", "Мак 1"]));

  const canonical = await unite(place, "Ромашка", "Ромашки");
  const after = await view(place);
  expect(after.entities).toEqual(new Set(["Ромашки=Ромашка 3", "Лютик 2", "Мак 1"]));
  expect(after.edges).toEqual(new Set(["Ромашки>Лютик 1", "Лютик>Ромашки 1", "Ромашки>Мак 1"]));

  const ids = await idsOf(place);
  for (const name of ["Ромашка", "Ромашки"]) {
    const around = await graph.neighbours({ orgId, entityId: ids.get(name) ?? "", hops: 1, limit: 10 });
    expect(around?.entities.map((one) => [one.name, one.distance])).toEqual([
      ["Ромашки", 0],
      ...(around?.entities.slice(1).map((one) => [one.name, 1]) ?? []),
    ]);
    expect(around?.entities[0]?.id).toBe(canonical);
    expect(around?.entities).toHaveLength(3);
  }
  const path = await graph.path({ orgId, fromId: ids.get("Лютик") ?? "", toId: ids.get("Мак") ?? "", maxHops: 3 });
  expect(path?.path[1]).toBe(canonical);
  const { entities } = await graph.entities({ orgId, query: "ромашка", limit: 10 });
  expect(entities.map(({ id, mentionCount }) => [id, mentionCount])).toEqual([[canonical, 3]]);
});

test("an edge between two names of one thing is no edge", async () => {
  const { place } = await makeGarden();
  await unite(place, "Ромашка", "Лютик");
  expect((await view(place)).edges).not.toContain("Лютик>Лютик 1");
  expect((await view(place)).edges.size).toBe(2);
});

test("new contributions join what their names stand for, and are due until they are resolved", async () => {
  const { place } = await makeGarden();
  const canonical = await unite(place, "Ромашка", "Ромашки");
  expect(await graphResolution.latestChange(baseOf(place))).toBeUndefined();
  const another = await publish(place, ["Ромашка и Мак."]);
  await readGraph(place, another, names);
  const { edges } = await graph.export(baseOf(place));
  const weights = edges.filter(({ sourceId }) => sourceId === canonical).map(({ weight }) => weight);
  expect(new Set(weights)).toEqual(new Set([1, 2]));
  expect(await graphResolution.latestChange(baseOf(place))).toBeDefined();
  const due = await Array.fromAsync(graphResolution.allDue(0));
  expect(due).toContainEqual(baseOf(place));
  expect(await Array.fromAsync(graphResolution.allDue(3_600))).not.toContainEqual(baseOf(place));
});

test("a document that goes takes its names with it; what stays is still found by its canonical id", async () => {
  const { place, leased } = await makeGarden();
  const another = await publish(place, ["Ромашки и Мак."]);
  await readGraph(place, another, names);
  await unite(place, "Ромашка", "Ромашки");
  const { documentId } = leased;
  await documents.beginDelete({ orgId: place.orgId, documentId });
  await documents.claimDelete({ orgId: place.orgId, documentId, leaseSeconds: 60 });
  await documents.finishDelete({ orgId: place.orgId, documentId });
  expect(await view(place)).toEqual({
    entities: new Set(["Ромашки 1", "Мак 1"]),
    edges: new Set(["Ромашки>Мак 1"]),
  });
  expect(await graphResolution.latestChange(baseOf(place))).toBeDefined();
});

test("an older resolution is refused once a newer one has settled", async () => {
  const { place } = await makeGarden();
  const change = (await graphResolution.latestChange(baseOf(place))) ?? 0;
  const [id = "", canonicalId = ""] = [...(await idsOf(place)).values()];
  await unite(place, "Лютик", "Мак");
  await expect(
    graphResolution.assign({ ...baseOf(place), change, assignments: [{ id, canonicalId }] }),
  ).rejects.toMatchObject({ code: "stale_lease" });
});

test("a decision is kept for the pair, whichever way round, and can be taken back", async () => {
  const { place } = await makeGarden();
  const ids = await idsOf(place);
  const [entityId, otherId] = [ids.get("Ромашка") ?? "", ids.get("Мак") ?? ""];
  await graphResolution.decide({ ...baseOf(place), entityId, otherId, verdict: "same" });
  await graphResolution.decide({ ...baseOf(place), entityId: otherId, otherId: entityId, verdict: "apart" });
  const [firstId, secondId] = [entityId, otherId].toSorted();
  expect(await graphResolution.decisions(baseOf(place))).toEqual([{ firstId, secondId, verdict: "apart" }]);
  await graphResolution.decide({ ...baseOf(place), entityId, otherId, verdict: undefined });
  expect(await graphResolution.decisions(baseOf(place))).toEqual([]);
  await expect(
    graphResolution.decide({ ...baseOf(place), entityId, otherId: place.base.id, verdict: "same" }),
  ).rejects.toMatchObject({ code: "tenant_mismatch" });
});
