import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import {
  claimEmbedding,
  cut,
  documents,
  embeddingBudgets,
  embeddingStore,
  makePlace,
  process,
  publish,
  queue,
  usage,
} from "./fixture.ts";

const waiting = async (texts: readonly string[] = ["раз", "два"]) => {
  const place = await makePlace();
  const { id } = await queue(place);
  const leased = await process(place, id, cut(texts));
  const read = () => documents.get(leased);
  return { place, orgId: place.orgId, leased, read };
};
const spend = (orgId: string, costUsd: number) =>
  usage.record({ orgId, requestId: randomUUID(), purpose: "query", provider: "p", model: "m", tokens: 1, costUsd });
const noCredit = { code: "ai_payment_required", message: "no credit left", resumesInSeconds: 3_600 } as const;

test("a 402 puts all waiting documents of its organisation aside, and nobody else's, until somebody resumes", async () => {
  const [one, other] = [await waiting(), await waiting()];
  expect(await embeddingBudgets.pause({ orgId: one.orgId, ...noCredit })).toBe(1);
  expect(await one.read()).toMatchObject({
    state: "blocked",
    errorCode: "ai_payment_required",
    errorMessage: "no credit left",
  });
  expect(await other.read()).toMatchObject({ state: "embedding", errorCode: null });
  expect(await embeddingBudgets.hold(other)).toBeUndefined();

  // One that comes to wait meanwhile is put aside with its first job.
  const late = await process(one.place, (await queue(one.place)).id, cut(["поздний"]));
  expect(await embeddingBudgets.hold(one)).toMatchObject({ code: "ai_payment_required" });
  expect(await documents.get(late)).toMatchObject({ state: "blocked" });

  const resumed = await embeddingBudgets.resume(one);
  expect(resumed.map(({ documentId }) => documentId).toSorted()).toEqual(
    [one.leased.documentId, late.documentId].toSorted(),
  );
  expect(await one.read()).toMatchObject({ state: "embedding", errorCode: null, errorMessage: null });
  expect(await embeddingBudgets.hold(one)).toBeUndefined();
});

test("what was paid for when the pause began is still stored", async () => {
  const { place, orgId, leased, read } = await waiting();
  const held = await claimEmbedding(orgId, leased.documentId, leased.generation);
  const [first] = await embeddingStore.pending({ ...held, limit: 1 });
  await embeddingBudgets.pause({ orgId, ...noCredit });
  const vectors = [{ chunkId: first?.chunkId ?? 0, vector: [1, 2, 3] }];
  await embeddingStore.store({
    ...held,
    profileId: place.profile.id,
    vectors,
    requestId: "paid",
    tokens: 5,
    costUsd: 0.1,
  });
  expect(await read()).toMatchObject({ state: "blocked", embeddedCount: 1, tokensBilled: 5 });
});

test("the timer ends a pause whose time is over, and no other", async () => {
  const [over, standing] = [await waiting(), await waiting()];
  await embeddingBudgets.pause({ orgId: over.orgId, ...noCredit, resumesInSeconds: -1 });
  await embeddingBudgets.pause({ orgId: standing.orgId, ...noCredit });
  expect(await embeddingBudgets.resumeDue()).toBeGreaterThanOrEqual(1);
  expect(await over.read()).toMatchObject({ state: "embedding" });
  expect(await standing.read()).toMatchObject({ state: "blocked" });
});

test.each([
  ["day", { maxUsdPerDay: 1, maxUsdPerMonth: null }],
  ["month", { maxUsdPerDay: 100, maxUsdPerMonth: 1 }],
] as const)("a budget of the %s: spent, it pauses until the next one, with a sentence", async (period, budget) => {
  const { orgId, read } = await waiting();
  await embeddingBudgets.set({ orgId, ...budget });
  await spend(orgId, 0.99);
  expect(await embeddingBudgets.hold({ orgId })).toBeUndefined();
  await spend(orgId, 0.01);
  const pause = await embeddingBudgets.hold({ orgId });
  expect(pause?.code).toBe("ai_budget_spent");
  expect(pause?.message).toContain(`budget of the ${period}, 1 USD`);
  const [now, resumesAt] = [new Date(), new Date(pause?.resumesAt ?? 0)];
  const isNext =
    period === "day"
      ? resumesAt.getTime() - now.getTime() <= 24 * 3_600_000
      : resumesAt.getUTCMonth() === (now.getUTCMonth() + 1) % 12;
  expect([isNext, resumesAt > now]).toEqual([true, true]);
  expect(await read()).toMatchObject({ state: "blocked", errorCode: "ai_budget_spent" });
});

test("the row says how many tokens equal texts saved", async () => {
  const place = await makePlace();
  await publish(place, ["раз", "два", "три"]);
  const leased = await process(place, (await queue(place)).id, cut(["два", "три", "четыре"]));
  const held = await claimEmbedding(place.orgId, leased.documentId, leased.generation);
  expect(await embeddingStore.reuse(held)).toMatchObject({ stored: 2, remaining: 1 });
  expect(await documents.get(leased)).toMatchObject({ tokensReused: 20, tokensBilled: 0 });
});
