import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import {
  claimGraph,
  contributionOf,
  documents,
  graph,
  graphJudgements,
  graphOntologies,
  graphResolution,
  makePlace,
  publish,
  usage,
  type Place,
} from "./fixture.ts";

const contents = ["Ромашка купила Лютик.", "Лютик у Ромашки."];
const open = { definition: { mode: "open" }, fingerprint: "abc" };
const baseOf = ({ orgId, base }: Place) => ({ orgId, knowledgeBaseId: base.id });

/** Reads what is pending as `reader` would; gives how many chunks that were. */
const readAs = async ({ orgId }: Place, documentId: string, reader: string, ontology = ""): Promise<number> => {
  const scope = { orgId, documentId, generation: 1 };
  const { lease = "" } = await graph.claim({ ...scope, leaseSeconds: 60, extractor: reader });
  const pending = await graph.pending({ ...scope, limit: 10 });
  for (const { chunkId, content } of pending) {
    const contribution = { ...contributionOf(content, ["Ромашка", "Лютик"]), extractor: `${reader}${ontology}` };
    await graph.applyChunk({ ...scope, lease, chunkId, contribution });
  }
  await graph.finish({ ...scope, lease });
  return pending.length;
};

test("another ontology makes the base's graphs be read again, once, and search goes on", async () => {
  const place = await makePlace();
  const { documentId } = await publish(place, contents);
  expect(await readAs(place, documentId, "rules-1")).toBe(2);

  expect(await graphOntologies.set({ ...baseOf(place), ...open })).toEqual({ version: 1, documents: 1 });
  expect(await documents.get({ orgId: place.orgId, documentId })).toMatchObject({
    state: "ready",
    graphState: "pending",
  });
  // What it says stays until it is read anew.
  expect((await graph.entities({ orgId: place.orgId, limit: 10 })).entities).toHaveLength(2);
  expect(await readAs(place, documentId, "rules-1", "+abc")).toBe(2);

  expect(await graphOntologies.set({ ...baseOf(place), ...open })).toEqual({ version: 1, documents: 0 });
  expect(await documents.get({ orgId: place.orgId, documentId })).toMatchObject({ graphState: "ready" });

  expect(await graphOntologies.set({ ...baseOf(place), definition: null, fingerprint: "" })).toMatchObject({
    version: 2,
  });
  const versions = await graphOntologies.versions({ ...baseOf(place), limit: 5 });
  expect(versions.map(({ version, definition }) => [version, definition])).toEqual([
    [2, null],
    [1, open.definition],
  ]);
  expect(await readAs(place, documentId, "rules-1")).toBe(2);
});

test("a reader that is under way when the ontology changes cannot finish", async () => {
  const place = await makePlace();
  const { documentId } = await publish(place, contents);
  const held = await claimGraph(place.orgId, documentId, 1);
  await graphOntologies.set({ ...baseOf(place), ...open });
  const [chunk] = await graph.pending({ ...held, limit: 1 });
  const write = graph.applyChunk({
    ...held,
    chunkId: chunk?.chunkId ?? 0,
    contribution: contributionOf(chunk?.content ?? "", []),
  });
  await expect(write).rejects.toMatchObject({ code: "stale_lease" });
  const due = await Array.fromAsync(documents.allDue("graph"));
  expect(due).toContainEqual({ orgId: place.orgId, documentId, generation: 1 });
});

test("only documents whose ontology changed are read again", async () => {
  const place = await makePlace();
  const { documentId } = await publish(place, contents);
  await readAs(place, documentId, "rules-1");
  await graphOntologies.set({ ...baseOf(place), ...open });
  // Back before anybody read: every reading is good again.
  await graphOntologies.set({ ...baseOf(place), definition: null, fingerprint: "" });
  expect(await readAs(place, documentId, "rules-1")).toBe(0);
});

test("a judge's verdict is kept for the pair, and its cost booked once, to the last digit", async () => {
  const place = await makePlace();
  const costUsd = 0.000_000_123_456_7;
  const judged = {
    ...baseOf(place),
    provider: "openrouter",
    model: "m",
    requestId: randomUUID(),
    tokens: 7,
    costUsd,
    verdicts: [
      { pairKey: "a", verdict: "same" },
      { pairKey: "b", verdict: "unsure" },
    ],
  } as const;
  await graphJudgements.store(judged);
  await graphJudgements.store({ ...judged, verdicts: [{ pairKey: "a", verdict: "different" }] });
  const found = await graphJudgements.find({ ...baseOf(place), pairKeys: ["a", "b", "c"] });
  expect(new Map(found.map(({ pairKey, verdict }) => [pairKey, verdict]))).toEqual(
    new Map([
      ["a", "same"],
      ["b", "unsure"],
    ]),
  );
  const [total] = await usage.summarise({ orgId: place.orgId, from: "2000-01-01", to: "2100-01-01" });
  expect(total).toMatchObject({ purpose: "graph", requests: 1, tokens: 7, costUsd });
});

test("an entity comes with the numbers and addresses that texts give it", async () => {
  const place = await makePlace();
  const content = "Ромашка, ИНН 7701234567.";
  const { documentId } = await publish(place, [content]);
  const scope = { orgId: place.orgId, documentId, generation: 1 };
  const { lease = "" } = await graph.claim({ ...scope, leaseSeconds: 60 });
  const [chunk] = await graph.pending({ ...scope, limit: 1 });
  const at = (surface: string) => {
    const charStart = content.indexOf(surface);
    return { charStart, charEnd: charStart + surface.length, confidence: 0.6 };
  };
  const quote = content.slice(0, -1);
  await graph.applyChunk({
    ...scope,
    lease,
    chunkId: chunk?.chunkId ?? 0,
    contribution: {
      extractor: "rules-1",
      entities: [
        {
          ref: "a",
          type: "organization",
          name: "Ромашка",
          key: "ромашк",
          mentions: [{ ...at("Ромашка"), surface: "Ромашка" }],
        },
        {
          ref: "b",
          type: "identifier",
          name: "ИНН 7701234567",
          key: "inn 7701234567",
          mentions: [{ ...at("ИНН 7701234567"), surface: "ИНН 7701234567" }],
        },
      ],
      relations: [{ source: "a", target: "b", predicate: "has_identifier", quote, ...at(quote) }],
      rejected: [],
    },
  });
  const entities = await Array.fromAsync(graphResolution.entities(baseOf(place)));
  expect(new Map(entities.map(({ name, ids }) => [name, ids]))).toEqual(
    new Map([
      ["Ромашка", ["identifier inn 7701234567"]],
      ["ИНН 7701234567", []],
    ]),
  );
});
