import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import {
  claimEmbedding,
  cut,
  documents,
  embeddingBudgets,
  embeddingStore,
  knowledgeBases,
  makePlace,
  process,
  profiles,
  publish,
  queue,
  tinyProfile,
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
  expect(await embeddingBudgets.standing(other)).toEqual({ pause: null, weight: 1 });

  // One that comes to wait meanwhile is put aside with its first job.
  const late = await process(one.place, (await queue(one.place)).id, cut(["поздний"]));
  expect(await embeddingBudgets.standing(one)).toMatchObject({ pause: { code: "ai_payment_required" } });
  expect(await documents.get(late)).toMatchObject({ state: "blocked" });

  const resumed = await embeddingBudgets.resume(one);
  expect(resumed.map(({ documentId }) => documentId).toSorted()).toEqual(
    [one.leased.documentId, late.documentId].toSorted(),
  );
  expect(await one.read()).toMatchObject({ state: "embedding", errorCode: null, errorMessage: null });
  expect(await embeddingBudgets.standing(one)).toMatchObject({ pause: null });
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
  expect(await embeddingBudgets.standing({ orgId })).toMatchObject({ pause: null });
  await spend(orgId, 0.01);
  const { pause } = await embeddingBudgets.standing({ orgId });
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

test("what was set is seen with what is spent; what is left out stays", async () => {
  const { orgId } = await waiting();
  const unset = { maxUsdPerDay: null, maxUsdPerMonth: null, weight: 1, usdToday: 0, usdThisMonth: 0, pause: null };
  expect(await embeddingBudgets.get({ orgId })).toEqual(unset);
  await embeddingBudgets.set({ orgId, maxUsdPerDay: 2, weight: 4 });
  await embeddingBudgets.set({ orgId, maxUsdPerMonth: 30 });
  await spend(orgId, 0.25);
  await embeddingBudgets.pause({ orgId, ...noCredit });
  expect(await embeddingBudgets.get({ orgId })).toMatchObject({
    maxUsdPerDay: 2,
    maxUsdPerMonth: 30,
    weight: 4,
    usdToday: 0.25,
    usdThisMonth: 0.25,
    pause: { code: "ai_payment_required", message: "no credit left" },
  });
  expect((await embeddingBudgets.weights()).get(orgId)).toBe(4);
});

test("the row says how many tokens equal texts saved", async () => {
  const place = await makePlace();
  await publish(place, ["раз", "два", "три"]);
  const leased = await process(place, (await queue(place)).id, cut(["два", "три", "четыре"]));
  const held = await claimEmbedding(place.orgId, leased.documentId, leased.generation);
  expect(await embeddingStore.reuse(held)).toMatchObject({ stored: 2, remaining: 1 });
  // The profile of this place is free.
  expect(await documents.get(leased)).toMatchObject({ tokensReused: 20, tokensBilled: 0, usdSaved: 0 });
});

test("the books say what equal texts saved in money, also once the document is gone", async () => {
  const place = await makePlace();
  const { id: profileId } = await profiles.ensure({ ...tinyProfile, model: "test-paid", priceUsdPerMtok: 50_000 });
  const base = await knowledgeBases.create({ orgId: place.orgId, name: "платная", profileId });
  const paid = { ...place, base, profile: { ...place.profile, id: profileId } };
  await publish(paid, ["раз", "два"]);
  const leased = await process(paid, (await queue(paid)).id, cut(["раз", "два"]));
  await embeddingStore.reuse(await claimEmbedding(place.orgId, leased.documentId, leased.generation));
  expect(await documents.get(leased)).toMatchObject({ state: "ready", tokensReused: 20, usdSaved: 1, costUsd: 0 });
  await documents.beginDelete(leased);
  await documents.finishDelete(leased);
  const totals = await usage.summarise({ orgId: place.orgId, from: "2000-01-01", to: "2100-01-01" });
  expect(totals.find(({ purpose }) => purpose === "reuse")).toMatchObject({ tokens: 20, costUsd: 0, usdSaved: 1 });
});
