import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { makeSweepLease } from "../src/leases.ts";
import {
  claimEmbedding,
  claimGraph,
  chunks,
  contributionOf,
  cut,
  documents,
  embeddingStore,
  graph,
  knowledgeBases,
  makePlace,
  process,
  publish,
  queue,
  readGraph,
  rowsOf,
  search,
  supabase,
} from "./fixture.ts";

const times = <T>(count: number, make: (n: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => make(n)));
const names = ["Ромашка", "Лютик", "Василёк", "Мак", "Клевер", "Пион", "Роза", "Ирис"];
/** Sentences over the same few names, in many orders: every writer meets every other at the same entities and edges. */
const sentence = (n: number): string =>
  `${Array.from({ length: 5 }, (_, k) => names[(n * 3 + k * (1 + (n % 7))) % names.length]).join(" и ")}. Запись ${n}.`;

test("twenty claims at once: one token is valid, every other holder is refused", async () => {
  const place = await makePlace();
  const { id: documentId } = await queue(place);
  const { orgId } = place;
  const claims = await times(20, () => documents.claimProcessing({ orgId, documentId, leaseSeconds: 60 }));
  const leases = claims.map(({ lease = "" }) => lease);
  expect(new Set(leases).size).toBe(20);
  const writes = await Promise.allSettled(
    leases.map((lease) =>
      chunks.store({ orgId, documentId, generation: 1, lease, first: true, chunks: cut(["текст"]) }),
    ),
  );
  expect(writes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  for (const write of writes)
    if (write.status === "rejected") expect(write.reason).toMatchObject({ code: "stale_lease" });
});

test("eight writers store one document's vectors, twice each: published once, nothing lost, nothing billed twice", async () => {
  const place = await makePlace();
  const { id } = await queue(place);
  await process(place, id, cut(Array.from({ length: 160 }, (_, n) => `пункт ${n}`)));
  const leased = await claimEmbedding(place.orgId, id, 1);
  const pending = await embeddingStore.pending({ ...leased, limit: 200 });
  const results = await times(16, (n) => {
    const part = n % 8;
    return embeddingStore.store({
      ...leased,
      profileId: place.profile.id,
      requestId: `part-${part}`,
      tokens: 5,
      costUsd: 0.5,
      vectors: pending.slice(part * 20, part * 20 + 20).map(({ chunkId }) => ({ chunkId, vector: [1, part, 1] })),
    });
  });
  expect(results.reduce((sum, { stored }) => sum + stored, 0)).toBe(160);
  expect(results.filter(({ stored, published }) => stored > 0 && published)).toHaveLength(1);
  expect(await documents.get(leased)).toMatchObject({
    state: "ready",
    embeddedCount: 160,
    tokensBilled: 40,
    costUsd: 4,
  });
});

test("twenty documents read into one graph at once, replayed, half of them deleted alongside: the graph of the rest", async () => {
  const place = await makePlace();
  const { orgId, base } = place;
  const texts = Array.from({ length: 20 }, (_, d) => Array.from({ length: 6 }, (_, c) => sentence(d * 6 + c)));
  const published: Awaited<ReturnType<typeof publish>>[] = [];
  for (const contents of texts) published.push(await publish(place, contents));

  await Promise.all(
    published.map(async (document, d) => {
      const leased = await claimGraph(orgId, document.documentId, 1);
      const unread = await graph.pending({ ...leased, limit: 50 });
      await Promise.all(
        [...unread, ...unread].map(({ chunkId, content }) =>
          // every chunk twice, all at once
          graph.applyChunk({ ...leased, chunkId, contribution: contributionOf(content, names) }),
        ),
      );
      await graph.finish(leased);
      if (d % 2 === 0) {
        await documents.beginDelete(document);
        await documents.finishDelete(document);
      }
    }),
  );

  // The same odd documents, one after another, in a graph that never had the others.
  const quiet = await makePlace();
  for (const [d, contents] of texts.entries()) {
    if (d % 2 === 1) await readGraph(quiet, await publish(quiet, contents), names);
  }
  const shape = async (organisation: string, knowledgeBaseId: string) => {
    const { entities, edges } = await graph.export({ orgId: organisation, knowledgeBaseId });
    const name = new Map(entities.map((entity) => [entity.id, entity.name]));
    return {
      entities: entities.map((entity) => `${entity.name} ${entity.mentionCount} ${entity.documentCount}`).sort(),
      edges: edges
        .map((edge) =>
          [name.get(edge.sourceId), edge.predicate, name.get(edge.targetId), edge.weight, edge.confidence].join(" "),
        )
        .sort(),
    };
  };
  expect(await shape(orgId, base.id)).toEqual(await shape(quiet.orgId, quiet.base.id));
  const [rows, expected] = [await rowsOf(orgId), await rowsOf(quiet.orgId)];
  for (const table of ["graph_entities", "graph_edges", "graph_mentions", "graph_evidence"]) {
    expect([table, rows[table]?.length]).toEqual([table, expected[table]?.length]);
  }
});

test("new generations published while the graph is read and search asks: always one generation, whole", async () => {
  const place = await makePlace();
  const { orgId } = place;
  const first = await publish(place, ["Ромашка версия1", "Лютик версия1"]);
  const busy = new AbortController();
  const asking = (async () => {
    const seen = new Set<string>();
    while (!busy.signal.aborted) {
      const hits = await search.hybrid({ orgId, query: "Ромашка Лютик", limit: 10 });
      seen.add(
        hits
          .map(({ content }) => content.split(" ")[1] ?? "")
          .sort()
          .join(),
      );
    }
    return seen;
  })();
  for (let version = 2; version <= 6; version += 1) {
    await documents.reprocess(first);
    const next = await process(place, first.documentId, cut([`Ромашка версия${version}`, `Лютик версия${version}`]));
    const leased = await claimEmbedding(orgId, first.documentId, version);
    const pending = await embeddingStore.pending({ ...leased, limit: 10 });
    await Promise.all([
      readGraph(place, next, names),
      ...pending.map(({ chunkId }) =>
        embeddingStore.store({
          ...leased,
          profileId: place.profile.id,
          vectors: [{ chunkId, vector: [1, 1, 1] }],
          requestId: randomUUID(),
          tokens: 1,
          costUsd: 0,
        }),
      ),
    ]);
  }
  busy.abort();
  for (const seen of await asking) expect(seen).toMatch(/^версия(\d),версия\1$/);
  expect((await rowsOf(orgId))["chunks"]).toHaveLength(2);
});

test("a knowledge base removed while its documents are written: gone, and no deadlock", async () => {
  const place = await makePlace();
  const { orgId, base } = place;
  const published: Awaited<ReturnType<typeof publish>>[] = [];
  for (let d = 0; d < 6; d += 1) published.push(await publish(place, [sentence(d), sentence(d + 1), sentence(d + 2)]));
  const work = await Promise.allSettled([
    ...published.map((document) => readGraph(place, document, names)),
    knowledgeBases.remove({ orgId, knowledgeBaseId: base.id }),
  ]);
  expect(work.at(-1)).toEqual({ status: "fulfilled", value: true });
  for (const one of work) if (one.status === "rejected") expect(String(one.reason)).not.toMatch(/deadlock/);
  expect((await rowsOf(orgId))["chunks"]).toEqual([]);
  expect((await rowsOf(orgId))["graph_entities"]).toEqual([]);
});

test("twenty ask for one sweep lease, twenty for the first default base: one holder, one base", async () => {
  const { orgId, profile } = await makePlace();
  const name = randomUUID();
  const lease = makeSweepLease(supabase);
  expect((await times(20, (n) => lease(name, `holder-${n}`, 60))).filter(Boolean)).toHaveLength(1);
  const fresh = randomUUID();
  const bases = await times(20, () => knowledgeBases.ensureDefault({ orgId: fresh, profileId: profile.id }));
  expect(new Set(bases.map(({ id }) => id)).size).toBe(1);
  expect(await knowledgeBases.list({ orgId })).toHaveLength(1);
});
