import { randomUUID } from "node:crypto";
import type { Embedder } from "@gpt-agent/ai/embedder";
import { localProfile } from "@gpt-agent/ai/profile";
import type { ErrorCode } from "@gpt-agent/jobs/error-codes";
import type { Lane } from "@gpt-agent/jobs/handler";
import { PermanentError, RetryLaterError } from "@gpt-agent/jobs/errors";
import { embeddings } from "@gpt-agent/jobs/queues/embeddings";
import { perform } from "@gpt-agent/worker/testing";
import { describe, expect, test } from "vitest";
import { requestsInFlight } from "./embed-pending.ts";
import { makeHandler } from "./handler.ts";
import { makeOnFailed } from "./on-failed.ts";
import type { Asking, EmbeddingStore, Ports, Progress } from "./ports.ts";

const scope = { orgId: randomUUID(), documentId: randomUUID(), generation: 1 };
const profile = { ...localProfile, id: 1, dimensions: 1, maxBatchInputs: 4, maxBatchTokens: 1_000 };
const refusal = (status: number): PermanentError =>
  new PermanentError("ai_bad_request", `refused with ${status}`, { detail: { status } });

interface World {
  readonly texts: readonly string[];
  /** Texts that already have a vector elsewhere. */
  readonly known?: readonly string[];
  /** What the provider throws for these texts. */
  readonly refuses?: (texts: readonly string[]) => Error | undefined;
  readonly isWaiting?: boolean;
  /** What the clock says, call after call. */
  readonly clock?: () => number;
  readonly renewLease?: () => boolean;
  /** The profile's provider charges. */
  readonly isPaid?: boolean;
  /** A pause that stands. */
  readonly pause?: Awaited<ReturnType<Ports["budgets"]["standing"]>>["pause"];
  /** What each request waits for. */
  readonly while?: () => Promise<void>;
  /** Thrown by the nth write. */
  readonly writeFails?: { readonly after: number; readonly code: ErrorCode };
}

/** A store that keeps one generation in memory, and an embedder whose vector of a text is its length. */
const makeWorld = ({
  texts,
  known = [],
  refuses,
  isWaiting = true,
  clock = () => 0,
  renewLease = () => true,
  while: waitsFor,
  writeFails,
  isPaid = false,
  pause = null,
}: World) => {
  const vectors = new Map<number, readonly number[]>();
  const quarantined = new Map<number, ErrorCode>();
  const requests: (readonly string[])[] = [];
  const asking: Asking[] = [];
  const pauses: Parameters<Ports["budgets"]["pause"]>[0][] = [];
  let writes = 0;
  const progress = (stored: number): Progress => {
    if (writeFails && ++writes > writeFails.after) throw new PermanentError(writeFails.code, "as the test asked");
    const remaining = texts.length - vectors.size - quarantined.size;
    return { stored, remaining, published: remaining === 0 && vectors.size > 0 };
  };
  const waiting = () =>
    texts.flatMap((text, chunkId) =>
      vectors.has(chunkId) || quarantined.has(chunkId) ? [] : [{ chunkId, text, tokenCount: 10 }],
    );
  const store: EmbeddingStore = {
    claim: async () => ({
      profile: { ...profile, provider: isPaid ? "openrouter" : "local" },
      lease: isWaiting ? "lease-1" : undefined,
    }),
    reuse: async () => {
      const copies = waiting().filter(({ text }) => known.includes(text));
      for (const { chunkId, text } of copies) vectors.set(chunkId, [text.length]);
      return progress(copies.length);
    },
    pending: async ({ limit }) => waiting().slice(0, limit),
    store: async (batch) => {
      for (const { chunkId, vector } of batch.vectors) vectors.set(chunkId, vector);
      return progress(batch.vectors.length);
    },
    quarantine: async ({ chunkId, code }) => {
      quarantined.set(chunkId, code);
      return progress(0);
    },
  };
  const embedder: Embedder = {
    profile,
    embed: async (batch) => {
      requests.push(batch);
      await waitsFor?.();
      const error = refuses?.(batch);
      if (error) throw error;
      return { vectors: batch.map((text) => [text.length]), tokens: batch.length, costUsd: 0, requestId: randomUUID() };
    },
  };
  const ports: Ports = {
    store,
    documents: { renewLease: async () => renewLease() },
    budgets: {
      standing: async () => ({ pause, weight: 3 }),
      pause: async (pause) => void pauses.push(pause),
    },
    embedderFor: (_, who) => {
      asking.push(who);
      return embedder;
    },
    now: clock,
  };
  const run = (lane: Lane = "interactive") => perform(embeddings, makeHandler(ports), scope, { lane });
  return { run, vectors, quarantined, requests, pauses, asking };
};

const letters = (count: number): string[] => Array.from({ length: count }, (_, i) => "x".repeat(i + 1));

describe("the embeddings job", () => {
  test("gives each chunk its own vector, in batches within the profile's limits", async () => {
    const world = makeWorld({ texts: letters(10) });
    const { state, progress } = await world.run();
    expect(state).toBe("completed");
    expect([...world.vectors]).toEqual(letters(10).map((text, i) => [i, [text.length]]));
    expect(world.requests.map(({ length }) => length)).toEqual([4, 4, 2]);
    expect(progress.at(-1)).toEqual({ stored: 10, remaining: 0 });
  });

  test("asks for nothing that is known already", async () => {
    const world = makeWorld({ texts: ["a", "b", "c"], known: ["a", "c"] });
    await world.run();
    expect(world.requests).toEqual([["b"]]);
    const known = makeWorld({ texts: ["a"], known: ["a"] });
    expect((await known.run()).state).toBe("completed");
    expect(known.requests).toEqual([]);
  });

  test("does nothing where the generation waits for no vectors", async () => {
    const world = makeWorld({ texts: ["a"], isWaiting: false });
    expect((await world.run()).state).toBe("completed");
    expect(world.requests).toEqual([]);
  });

  test("goes on as the same job when its time is over, and ends where it would have", async () => {
    let now = 0;
    const world = makeWorld({ texts: letters(10), clock: () => (now += 7_000) });
    expect((await world.run()).state).toBe("continued");
    expect(world.vectors.size).toBeGreaterThan(0);
    expect(world.vectors.size).toBeLessThan(10);
    while ((await world.run()).state === "continued");
    expect(world.vectors.size).toBe(10);
    expect(world.requests.flat().toSorted()).toEqual(letters(10).toSorted());
  });

  test.each([400, 413, 422])("sets aside exactly the text that is refused with %i", async (status) => {
    const world = makeWorld({
      texts: letters(10),
      refuses: (batch) => (batch.includes("xxx") ? refusal(status) : undefined),
    });
    expect((await world.run()).state).toBe("completed");
    expect([...world.quarantined]).toEqual([[2, "ai_bad_request"]]);
    expect(world.vectors.size).toBe(9);
  });

  test("ends when every text is refused one by one", async () => {
    const world = makeWorld({
      texts: ["a", "b"],
      refuses: (batch) => (batch.includes("ok") ? undefined : refusal(400)),
    });
    expect((await world.run()).state).toBe("completed");
    expect(world.quarantined.size).toBe(2);
  });

  test("fails, and sets nothing aside, where the provider refuses whatever it is sent", async () => {
    const world = makeWorld({ texts: letters(6), refuses: () => refusal(400) });
    expect(await world.run()).toMatchObject({ state: "permanent", code: "ai_bad_request" });
    const unknownModel = makeWorld({ texts: letters(60), refuses: () => refusal(404) });
    expect(await unknownModel.run()).toMatchObject({ state: "permanent", code: "ai_bad_request" });
    expect([world.quarantined.size, unknownModel.quarantined.size]).toEqual([0, 0]);
    expect(unknownModel.requests.length).toBeLessThanOrEqual(2 * requestsInFlight);
  });

  test.each([
    [new RetryLaterError(90_000, "ai_rate_limited", "slow down"), { state: "retryLater", delayMs: 90_000 }],
    [new PermanentError("ai_payment_required", "no credit"), { state: "permanent", code: "ai_payment_required" }],
    [new Error("connection reset"), { state: "retry" }],
  ])("leaves the outcome to the error's class: %s", async (error, expected) => {
    expect(await makeWorld({ texts: ["a"], refuses: () => error }).run()).toMatchObject(expected);
  });

  test("has several requests under way, never more than it may", async () => {
    let underWay = 0;
    let most = 0;
    const world = makeWorld({
      texts: letters(60),
      while: async () => {
        most = Math.max(most, (underWay += 1));
        await new Promise((resolve) => setImmediate(resolve));
        underWay -= 1;
      },
    });
    expect((await world.run()).state).toBe("completed");
    expect(world.vectors.size).toBe(60);
    expect(most).toBe(requestsInFlight);
  });

  test("stores what is under way when it is told to slow down, and comes back at the time it was told", async () => {
    const slowDown = new RetryLaterError(90_000, "ai_rate_limited", "slow down");
    const world = makeWorld({
      texts: letters(60),
      refuses: (batch) => (batch.includes("xxxxx") ? slowDown : undefined),
    });
    const outcome = await world.run();
    expect(outcome).toMatchObject({ state: "continued", delayMs: 90_000 });
    expect(world.vectors.size).toBe(4 * (world.requests.length - 1));
    expect(world.requests.length).toBeLessThanOrEqual(2 * requestsInFlight);
  });

  test("sends nothing while its organisation's embedding is paused", async () => {
    const pause = { code: "ai_budget_spent", resumesAt: "2026-11-24T00:00:00Z" } as const;
    const world = makeWorld({ texts: letters(3), isPaid: true, pause });
    expect((await world.run()).state).toBe("completed");
    expect(world.requests).toEqual([]);
    const free = makeWorld({ texts: letters(3), pause });
    await free.run();
    expect(free.vectors.size).toBe(3);
  });

  test("asks in its organisation's name, with its weight, in the job's lane", async () => {
    const world = makeWorld({ texts: ["a"], isPaid: true });
    await world.run("backfill");
    expect(world.asking).toEqual([{ orgId: scope.orgId, weight: 3, lane: "backfill" }]);
  });

  test("pauses its organisation when the provider wants money, and keeps what was paid for", async () => {
    const noCredit = new PermanentError("ai_payment_required", "no credit left");
    const refuses = (batch: readonly string[]) => (batch.includes("xxxxx") ? noCredit : undefined);
    const world = makeWorld({ texts: letters(60), isPaid: true, refuses });
    expect((await world.run()).state).toBe("completed");
    expect(world.pauses).toMatchObject([
      { orgId: scope.orgId, code: "ai_payment_required", message: "no credit left" },
    ]);
    expect(world.vectors.size).toBe(4 * (world.requests.length - 1));
  });

  test.each(["superseded", "stale_lease", "tenant_mismatch"] as const)(
    "stops quietly when a write meets %s",
    async (code) => {
      const world = makeWorld({ texts: letters(60), writeFails: { after: 1, code } });
      expect((await world.run()).state).toBe("completed");
      expect(world.requests.length).toBeLessThanOrEqual(2 * requestsInFlight);
    },
  );

  test("stops quietly when its lease is lost between batches", async () => {
    let now = 0;
    const world = makeWorld({ texts: letters(60), clock: () => (now += 1_000), renewLease: () => false });
    expect((await world.run()).state).toBe("completed");
    expect(world.vectors.size).toBeGreaterThan(0);
    expect(world.vectors.size).toBeLessThan(60);
  });

  test("fails on another organisation's document", async () => {
    const world = makeWorld({ texts: [] });
    const claim = async (): Promise<never> => {
      throw new PermanentError("tenant_mismatch", "no such document");
    };
    const ports = { store: { claim }, documents: {}, embedderFor: () => ({}), now: () => 0 } as unknown as Ports;
    expect(await perform(embeddings, makeHandler(ports), scope)).toMatchObject({
      state: "permanent",
      code: "tenant_mismatch",
    });
    expect(world.requests).toEqual([]);
  });
});

test("a job that failed for good blocks the document where a person must act, and leaves other people's rows alone", async () => {
  const marked: unknown[] = [];
  const onFailed = makeOnFailed({ documents: { fail: async ({ state, code }) => void marked.push([code, state]) } });
  for (const code of [
    "ai_payment_required",
    "ai_unauthorized",
    "attempts_exhausted",
    "stale_lease",
    "superseded",
    "tenant_mismatch",
  ] as const) {
    await onFailed(scope, { code, message: "said so" });
  }
  expect(marked).toEqual([
    ["ai_payment_required", "blocked"],
    ["ai_unauthorized", "blocked"],
    ["attempts_exhausted", "failed"],
  ]);
});
