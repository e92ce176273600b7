import { randomUUID } from "node:crypto";
import { localProfile } from "@gpt-agent/ai/profile";
import { knowledgeGraph } from "@gpt-agent/jobs/queues/knowledge-graph";
import { connect, storeDocument } from "@gpt-agent/local/testing/store-document";
import { makeDocuments } from "@gpt-agent/supabase/documents";
import { type Contribution, makeGraph } from "@gpt-agent/supabase/graph";
import { makeGraphAnswers } from "@gpt-agent/supabase/graph-answers";
import { makeGraphOntologies } from "@gpt-agent/supabase/graph-ontologies";
import { makeGraphResolution } from "@gpt-agent/supabase/graph-resolution";
import { makeUsage } from "@gpt-agent/supabase/usage";
import { perform } from "@gpt-agent/worker/testing";
import { expect, test } from "vitest";
import { z } from "zod";
import { contributionsOf } from "../src/eval/fuzz.ts";
import { fuzzAnswers } from "../src/eval/fuzzed-answers.ts";
import { makeHandler } from "../src/handler.ts";
import { makeModelExtractor } from "../src/model-extractor.ts";

const supabase = connect();
const graph = makeGraph(supabase);

test("what fuzzed answers leave is taken by the database, every quote a slice of its chunk; a forged one is refused", async () => {
  // Chunks as Postgres takes them.
  const answers = [...fuzzAnswers(60, 3)].filter(({ chunks }) => chunks.every((chunk) => !chunk.includes("\0")));
  const contents = answers.flatMap(({ chunks }) => chunks);
  const contributions = answers.flatMap((answer): readonly (Contribution | undefined)[] => {
    return contributionsOf(answer) ?? answer.chunks.map(() => undefined);
  });
  const { read: _, ...scope } = await storeDocument(localProfile, contents);
  const { lease = "" } = await graph.claim({ ...scope, leaseSeconds: 60 });
  let stored = 0;
  const pending = await graph.pending({ ...scope, limit: contents.length });
  const chunks = new Map(pending.map(({ chunkId, content }) => [chunkId, content]));
  for (const { chunkId, ordinal } of pending) {
    const contribution = contributions[ordinal];
    if (contribution) stored += (await graph.applyChunk({ ...scope, lease, chunkId, contribution })).edges;
  }
  expect(stored).toBeGreaterThan(30);
  const { data } = await supabase
    .from("graph_evidence")
    .select("chunk_id, quote, char_start, char_end")
    .eq("org_id", scope.orgId);
  const evidence = z
    .array(z.object({ chunk_id: z.int(), quote: z.string(), char_start: z.int(), char_end: z.int() }))
    .parse(data);
  expect(evidence.length).toBeGreaterThan(30);
  for (const { chunk_id, quote, char_start, char_end } of evidence) {
    const points = Array.from(chunks.get(chunk_id) ?? "");
    expect(points.slice(char_start, char_end).join("")).toBe(quote);
  }

  const index = contributions.findIndex((one) => (one?.relations.length ?? 0) > 0);
  const genuine = contributions[index];
  const [relation] = genuine?.relations ?? [];
  const chunkId = pending.find(({ ordinal }) => ordinal === index)?.chunkId ?? 0;
  if (!genuine || !relation) throw new Error("no relation among the fuzzed ones");
  const forged = { ...genuine, relations: [{ ...relation, quote: `${relation.quote.slice(0, -1)}!` }] };
  await expect(graph.applyChunk({ ...scope, lease, chunkId, contribution: forged })).rejects.toThrow(/does not say/);
});

test("the ledger holds what was used, to the last digit, whatever is repeated", async () => {
  const costs: number[] = [];
  const chat = {
    model: "test/model",
    completeJson: async () => {
      costs.push(0.000_01 + Math.random() / 1_000);
      const costUsd = costs.at(-1) ?? 0;
      // Every other answer cannot be read, and is asked for again.
      const text = costs.length % 2 === 0 ? '{"entities":[],"relations":[]}' : "Sorry";
      return { text, truncated: false, inputTokens: 100, outputTokens: 11, costUsd, requestId: randomUUID() };
    },
  };
  const { read, ...scope } = await storeDocument(localProfile, ["Раз.", "Два.", "Три."]);
  const handle = makeHandler({
    graph,
    documents: makeDocuments(supabase),
    ontologies: makeGraphOntologies(supabase),
    resolution: makeGraphResolution(supabase),
    extractor: makeModelExtractor(chat, makeGraphAnswers(supabase)),
    now: () => performance.now(),
  });
  for (const _ of ["once", "again"]) expect((await perform(knowledgeGraph, handle, scope)).state).toBe("completed");
  const used = costs.reduce((sum, cost) => sum + cost, 0);
  expect(costs.length).toBeGreaterThan(1);
  const { orgId } = scope;
  const totals = await makeUsage(supabase).summarise({ orgId, from: "2000-01-01", to: "2100-01-01" });
  const booked = totals.filter(({ purpose }) => purpose === "graph");
  expect(booked).toMatchObject([{ requests: costs.length, tokens: 111 * costs.length }]);
  expect(Math.abs((booked[0]?.costUsd ?? 0) - used)).toBeLessThan(1e-8);
  expect(Math.abs((await read()).costUsd - used)).toBeLessThan(1e-8);
});
