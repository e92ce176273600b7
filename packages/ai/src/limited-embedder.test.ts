import { RetryLaterError } from "@gpt-agent/jobs/errors";
import { makeOpenLimiter } from "@gpt-agent/limits/testing";
import { expect, test } from "vitest";
import type { Embedder } from "./embedder.ts";
import { budgetLimits, limitEmbedder } from "./limited-embedder.ts";
import { localProfile } from "./profile.ts";

const { signal } = new AbortController();
const asking = { orgId: "org-1", lane: "backfill" } as const;
const limits = budgetLimits("a/model", { reveal: () => "sk-or-1" }, { requestsPerMinute: 10, tokensPerMinute: 1_000 });
const embedderThat = (embed: Embedder["embed"]): Embedder => ({ profile: localProfile, embed });
const answer = { vectors: [[1]], tokens: 7, costUsd: 0, requestId: "r" };

test("a request costs one of the key's requests and its tokens, in its organisation's name", async () => {
  const limiter = makeOpenLimiter();
  const embedder = limitEmbedder(
    embedderThat(async () => answer),
    { limiter, limits, asking },
  );
  expect(await embedder.embed(["text"], signal, 120)).toBe(answer);
  expect(limiter.acquired).toMatchObject([{ cost: 120, tenant: "org-1", lane: "backfill" }]);
  expect(limiter.acquired[0]?.limits.map(({ key, cost }) => [key.split(":").at(-1), cost])).toEqual([
    ["requests", 1],
    ["tokens", undefined],
  ]);
  expect(limiter.done).toEqual([{}]);
});

test("what the provider asks to wait holds everybody back, exactly so long", async () => {
  const limiter = makeOpenLimiter();
  const slowDown = new RetryLaterError(91_500, "ai_rate_limited", "slow down");
  const embedder = limitEmbedder(
    embedderThat(() => Promise.reject(slowDown)),
    { limiter, limits, asking },
  );
  await expect(embedder.embed(["text"], signal)).rejects.toBe(slowDown);
  expect(limiter.done).toEqual([{ retryAfterMs: 91_500 }]);
});

test("where Redis does not answer, only who said so goes on uncounted", async () => {
  const away = new RetryLaterError(5_000, "queue_unavailable", "Redis is away");
  const limiter = { ...makeOpenLimiter(), acquire: () => Promise.reject(away) };
  const inner = embedderThat(async () => answer);
  const uncounted = { ...asking, evenUncounted: true };
  expect(await limitEmbedder(inner, { limiter, limits, asking: uncounted }).embed(["text"], signal)).toBe(answer);
  await expect(limitEmbedder(inner, { limiter, limits, asking }).embed(["text"], signal)).rejects.toBe(away);
});

test("keys and models have budgets of their own, and the key stays secret", () => {
  const [one] = limits;
  const [other] = budgetLimits("a/model", { reveal: () => "sk-or-2" }, { requestsPerMinute: 10, tokensPerMinute: 1 });
  expect(one?.key).not.toBe(other?.key);
  expect(one?.key).not.toContain("sk-or-1");
});
