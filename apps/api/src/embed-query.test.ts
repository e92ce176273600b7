import { type EmbeddingProfile, localProfile } from "@gpt-agent/ai/profile";
import { expect, test } from "vitest";
import { makeEmbedQuery, remember } from "./embed-query.ts";
import { makeFakes } from "./testing/fakes.ts";

const { log } = makeFakes().ports;
const signal = new AbortController().signal;
const embeddings = { vectors: [[0.6, 0.8]], tokens: 2, costUsd: 0, requestId: "r" };
const usage = { record: async () => true };
const ask = (profileId: number, query: string) => ({ orgId: "org-1", profileId, query });

test("a question is embedded with the profile asked for, which is looked up once", async () => {
  const lookups: number[] = [];
  const embedQuery = makeEmbedQuery({
    profiles: {
      get: async (profileId) => {
        lookups.push(profileId);
        return { ...localProfile, dimensions: profileId };
      },
    },
    embedderFor: (profile: EmbeddingProfile) => ({
      profile,
      embed: async ([text]) => ({ ...embeddings, vectors: [[profile.dimensions, text?.length ?? 0]] }),
    }),
    usage,
    log,
  });
  const answers = await Promise.all([
    embedQuery(ask(3, "что?"), signal),
    embedQuery(ask(5, "где"), signal),
    embedQuery(ask(3, "да"), signal),
  ]);
  expect(answers).toEqual([
    [3, 4],
    [5, 3],
    [3, 2],
  ]);
  expect(lookups).toEqual([3, 5]);
});

test("a provider that fails leaves the search to words, and is asked again the next time", async () => {
  let away = true;
  const embedQuery = makeEmbedQuery({
    profiles: { get: async () => localProfile },
    embedderFor: (profile) => ({
      profile,
      embed: async () => {
        if (away) throw new Error("502");
        return embeddings;
      },
    }),
    usage,
    log,
  });
  expect(await embedQuery(ask(1, "вопрос"), signal)).toBeUndefined();
  away = false;
  expect(await embedQuery(ask(1, "вопрос"), signal)).toEqual([0.6, 0.8]);
});

test("a client that is gone is no fault of the provider", async () => {
  const gone = new AbortController();
  const embedQuery = makeEmbedQuery({
    profiles: { get: async () => localProfile },
    embedderFor: (profile) => ({
      profile,
      embed: async (_texts, signal) => {
        gone.abort();
        signal.throwIfAborted();
        return embeddings;
      },
    }),
    usage,
    log,
  });
  await expect(embedQuery(ask(1, "вопрос"), gone.signal)).rejects.toThrow();
});

test("what a question cost is booked to its organisation, and a booking that fails is no fault of the search", async () => {
  const booked: unknown[] = [];
  const embedQuery = makeEmbedQuery({
    profiles: { get: async () => localProfile },
    embedderFor: (profile) => ({ profile, embed: async () => ({ ...embeddings, requestId: "r-7", costUsd: 0.5 }) }),
    usage: {
      record: async (event) => {
        booked.push(event);
        throw new Error("the database is away");
      },
    },
    log,
  });
  expect(await embedQuery(ask(1, "вопрос"), signal)).toEqual([0.6, 0.8]);
  expect(booked).toMatchObject([{ orgId: "org-1", requestId: "r-7", purpose: "query", tokens: 2, costUsd: 0.5 }]);
});

test("remember loads once, and again after a failure", async () => {
  let loads = 0;
  const load = remember(async () => {
    loads += 1;
    if (loads === 1) throw new Error("away");
    return loads;
  });
  await expect(load()).rejects.toThrow("away");
  expect(await Promise.all([load(), load(), load()])).toEqual([2, 2, 2]);
});
