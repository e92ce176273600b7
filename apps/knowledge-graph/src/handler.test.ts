import { randomUUID } from "node:crypto";
import type { ErrorCode } from "@gpt-agent/jobs/error-codes";
import { PermanentError, RetryLaterError } from "@gpt-agent/jobs/errors";
import { knowledgeGraph } from "@gpt-agent/jobs/queues/knowledge-graph";
import { perform } from "@gpt-agent/worker/testing";
import { describe, expect, test } from "vitest";
import { makeHandler } from "./handler.ts";
import { makeOnFailed } from "./on-failed.ts";
import type { Contribution, Extractor, Ports } from "./ports.ts";
import { makeLocalExtractor } from "./rule-extractor.ts";

const scope = { orgId: randomUUID(), documentId: randomUUID(), generation: 1 };
const knowledgeBaseId = randomUUID();

interface World {
  readonly contents: readonly string[];
  readonly extractor?: Extractor;
  readonly isPending?: boolean;
  readonly clock?: () => number;
  readonly renewLease?: () => boolean;
  readonly applyFails?: { readonly after: number; readonly code: ErrorCode };
}

const noResolution: Ports["resolution"] = {
  latestChange: async () => undefined,
  entities: async function* () {},
  decisions: async () => [],
  assign: async () => 0,
  settle: async () => {},
};

/** A graph that keeps one generation's contributions in memory. */
const makeWorld = ({
  contents,
  extractor = makeLocalExtractor(),
  isPending = true,
  clock = () => 0,
  renewLease = () => true,
  applyFails,
}: World) => {
  const applied = new Map<number, Contribution>();
  let isFinished = false;
  const ports: Ports = {
    graph: {
      claim: async () => ({ lease: isPending ? "lease-1" : undefined, document: { knowledgeBaseId } }),
      pending: async ({ limit }) =>
        contents
          .flatMap((content, chunkId) => (applied.has(chunkId) ? [] : [{ chunkId, content, headingPath: [] }]))
          .slice(0, limit),
      applyChunk: async ({ chunkId, contribution }) => {
        if (applyFails && applied.size >= applyFails.after)
          throw new PermanentError(applyFails.code, "as the test asked");
        applied.set(chunkId, contribution);
        return { entities: contribution.entities.length, edges: contribution.relations.length };
      },
      finish: async () => {
        if (applied.size < contents.length) throw new Error("finished too early");
        isFinished = true;
      },
    },
    ontologies: { versions: async () => [] },
    documents: { renewLease: async () => renewLease() },
    resolution: noResolution,
    extractor,
    now: clock,
  };
  return {
    run: () => perform(knowledgeGraph, makeHandler(ports), scope),
    applied,
    isFinished: () => isFinished,
  };
};

const sentences = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `Иван Петров работает в ООО «Завод ${i}».`);
const failing = (error: Error): Extractor => ({
  key: "failing",
  chunksPerCall: 2,
  extract: async () => {
    throw error;
  },
});

describe("the knowledge-graph job", () => {
  test("reads every chunk, once, and finishes", async () => {
    const world = makeWorld({ contents: sentences(40) });
    const { state, progress, enqueued } = await world.run();
    expect(state).toBe("completed");
    expect(enqueued).toMatchObject([{ payload: { kind: "resolve", orgId: scope.orgId, knowledgeBaseId } }]);
    expect(world.isFinished()).toBe(true);
    expect(world.applied.get(7)).toMatchObject({
      extractor: "rules-1",
      entities: [{ name: "Иван Петров" }, { name: "ООО «Завод 7»", key: "завод 7" }],
      relations: [{ predicate: "works_at", quote: "Иван Петров работает в ООО «Завод 7»." }],
    });
    expect(progress.at(-1)).toEqual({ chunks: 40, entities: 80, edges: 40, rejected: 0 });
  });

  test("records what was claimed but does not stand in the chunk", async () => {
    const claims = {
      entities: [{ ref: "e1", type: "person", name: "Никто", mentions: [{ surface: "Никто", confidence: 1 }] }],
      relations: [],
    };
    const extractor: Extractor = {
      key: "inventive",
      chunksPerCall: 1,
      extract: async () => [claims],
    };
    const world = makeWorld({ contents: ["Пусто."], extractor });
    await world.run();
    expect(world.applied.get(0)).toMatchObject({ entities: [], rejected: [{ reason: "mention_not_found" }] });
  });

  test("does nothing where no graph is pending", async () => {
    const world = makeWorld({ contents: sentences(2), isPending: false });
    expect((await world.run()).state).toBe("completed");
    expect(world.applied.size).toBe(0);
  });

  test("goes on as the same job when its time is over", async () => {
    let now = 0;
    const world = makeWorld({ contents: sentences(60), clock: () => (now += 100_000) });
    expect((await world.run()).state).toBe("continued");
    expect(world.applied.size).toBe(16);
    while ((await world.run()).state === "continued");
    expect(world.isFinished()).toBe(true);
  });

  test.each(["superseded", "stale_lease", "tenant_mismatch"] as const)(
    "stops quietly when a write meets %s",
    async (code) => {
      const world = makeWorld({ contents: sentences(5), applyFails: { after: 2, code } });
      expect((await world.run()).state).toBe("completed");
      expect(world.isFinished()).toBe(false);
    },
  );

  test("stops quietly when its lease is lost", async () => {
    const world = makeWorld({ contents: sentences(5), renewLease: () => false });
    expect((await world.run()).state).toBe("completed");
    expect(world.applied.size).toBe(0);
  });

  test.each([
    [new RetryLaterError(7_000, "ai_rate_limited", "slow down"), { state: "retryLater", delayMs: 7_000 }],
    [new PermanentError("ai_payment_required", "no credit"), { state: "permanent", code: "ai_payment_required" }],
    [new Error("connection reset"), { state: "retry" }],
  ])("leaves the outcome to the error's class: %s", async (error, expected) => {
    expect(await makeWorld({ contents: ["a"], extractor: failing(error) }).run()).toMatchObject(expected);
  });
});

test("a job that failed for good marks the graph alone, blocked where a person must act", async () => {
  const marked: unknown[] = [];
  const onFailed = makeOnFailed({
    documents: { failGraph: async ({ state, code }) => void marked.push([code, state]) },
  });
  for (const code of [
    "ai_payment_required",
    "ai_unauthorized",
    "attempts_exhausted",
    "stale_lease",
    "superseded",
    "tenant_mismatch",
  ] as const) {
    await onFailed({ kind: "read", ...scope }, { code, message: "said so" });
  }
  await onFailed({ kind: "resolve", orgId: scope.orgId, knowledgeBaseId }, { code: "poison", message: "said so" });
  expect(marked).toEqual([
    ["ai_payment_required", "blocked"],
    ["ai_unauthorized", "blocked"],
    ["attempts_exhausted", "failed"],
  ]);
});
