import { randomUUID } from "node:crypto";
import { companyOntology } from "@gpt-agent/ai/ontology/company-ontology";
import { fingerprintOf, type Ontology } from "@gpt-agent/ai/ontology/ontology";
import { expect, test } from "vitest";
import { makeModelExtractor } from "./model-extractor.ts";
import { type OntologyInForce, ownOntology } from "./ontology-in-force.ts";
import type { Answers, UnreadChunk } from "./ports.ts";

// What a document costs in requests, counted at the port of the chat model.

const { signal } = new AbortController();
const scope = { orgId: randomUUID(), documentId: randomUUID(), ontology: ownOntology, signal };

/** A model that answers with the names that `claims` picks from each chunk; answers are kept as the database keeps them. */
const makeReader = (claims: (content: string) => readonly string[]) => {
  const stored: Parameters<Answers["store"]>[0][] = [];
  let calls = 0;
  const extractor = makeModelExtractor(
    {
      model: "test/model",
      completeJson: async ({ user }) => {
        calls += 1;
        const entities = Array.from(user.matchAll(/<chunk id="(c\d+)">([\s\S]*?)<\/chunk>/g), ([, chunk, content]) =>
          claims(content ?? "").map((name, i) => {
            return { ref: `${chunk}-${i}`, chunk, name, type: "organization", mention: name };
          }),
        ).flat();
        const text = JSON.stringify({ entities, relations: [] });
        return { text, truncated: false, inputTokens: 1, outputTokens: 1, costUsd: 0, requestId: randomUUID() };
      },
    },
    {
      find: async ({ chunkKeys }) =>
        chunkKeys.flatMap((chunkKey) => {
          const answer = stored.findLast((one) => one.chunkKeys.includes(chunkKey));
          return answer
            ? [{ ...answer, chunkKey, place: answer.chunkKeys.indexOf(chunkKey), ofCount: answer.chunkKeys.length }]
            : [];
        }),
      store: async (answer) => void stored.push(answer),
    },
  );
  /** As the handler does: so many chunks at once. */
  const read = async (chunks: readonly UnreadChunk[], ontology: OntologyInForce = ownOntology) => {
    const before = calls;
    const all = [];
    for (let from = 0; from < chunks.length; from += extractor.chunksPerCall) {
      const some = chunks.slice(from, from + extractor.chunksPerCall);
      all.push(...(await extractor.extract(some, { ...scope, ontology })));
    }
    return { calls: calls - before, claims: all };
  };
  return { read };
};

const names = (n: number): string[] => Array.from({ length: 8 }, (_, i) => `ООО «Завод ${n}-${i}»`);
/** About as long as kb-files cuts them: 1,400 characters of Russian. */
const makeChunks = (count: number): UnreadChunk[] =>
  Array.from({ length: count }, (_, n) => {
    const sentences = names(n).map((name) => `${name} поставляет изделия по договору, а также хранит их у себя.`);
    const content = `${sentences.join(" ")} ${"Стороны исполняют обязательства в срок. ".repeat(20)}`;
    return { chunkId: n, content, headingPath: [] };
  });
const tokensOf = (chunks: readonly UnreadChunk[]): number =>
  chunks.reduce((sum, { content }) => sum + content.length / 4, 0);
const everything = (content: string): string[] => content.match(/ООО «[^»]+»/g) ?? [];

test("a document costs at most 0.6 requests per 1,000 tokens, second looks included", async () => {
  const chunks = makeChunks(24);
  const lazy = makeReader((content) => (content.includes("Names to look at") ? everything(content) : []));
  const first = await lazy.read(chunks);
  expect((first.calls / tokensOf(chunks)) * 1_000).toBeLessThanOrEqual(0.6);
  // Some were looked at again, and then found.
  const found = first.claims.filter(({ entities }) => entities.length > 0).length;
  expect(found).toBeGreaterThanOrEqual(4);
  // Who covers the names is not asked again.
  const good = await makeReader(everything).read(chunks);
  expect(good.calls).toBeLessThan(first.calls);
  expect((good.calls / tokensOf(chunks)) * 1_000).toBeLessThanOrEqual(0.5);
}, 30_000);

test("again, after a crash, in another place: 0; one paragraph edited: exactly 1", async () => {
  for (const claims of [everything, () => []]) {
    const { read } = makeReader(claims);
    const chunks = makeChunks(10);
    await read(chunks);
    expect((await read(chunks)).calls).toBe(0);
    // A crash in the midst: the rest is asked for in other company.
    expect((await read(chunks.slice(3))).calls).toBe(0);
    expect((await read(chunks.toReversed())).calls).toBe(0);
    const edited = chunks.map((chunk, n) => (n === 3 ? { ...chunk, content: `${chunk.content} Правка.` } : chunk));
    expect((await read(edited)).calls).toBe(1);
    // Repeated passages are one.
    expect((await read([...makeChunks(1), ...makeChunks(1)])).calls).toBe(0);
  }
}, 30_000);

const inForce = (definition: Ontology, ...wider: readonly OntologyInForce[]): OntologyInForce => ({
  definition,
  fingerprint: fingerprintOf(definition),
  wider,
});

test("an ontology that leaves something out is answered by the answers to the wider one; one that adds something is not", async () => {
  const { read } = makeReader(everything);
  const chunks = makeChunks(5);
  await read(chunks);
  const narrow = inForce(
    { ...companyOntology, mode: "strict", entityTypes: companyOntology.entityTypes, relations: [] },
    ownOntology,
  );
  expect((await read(chunks, narrow)).calls).toBe(0);
  const more = inForce({ ...companyOntology, entityTypes: [...companyOntology.entityTypes, { name: "ship" }] });
  expect((await read(chunks, more)).calls).toBe(1);
  expect((await read(chunks)).calls).toBe(0);
});
