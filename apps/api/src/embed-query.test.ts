import { type EmbeddingProfile, localProfile } from "@gpt-agent/ai/profile";
import { expect, test } from "vitest";
import { makeEmbedQuery, remember } from "./embed-query.ts";
import { makeFakes } from "./testing/fakes.ts";

const { log } = makeFakes().ports;
const signal = new AbortController().signal;
const embeddings = { vectors: [[0.6, 0.8]], tokens: 2, costUsd: 0, requestId: "r" };

test("a question is embedded with the profile asked for, which is looked up once", async () => {
  const lookups: number[] = [];
  const embedQuery = makeEmbedQuery({
    profiles: {
      get: async (profileId) => {
        lookups.push(profileId);
        return { ...localProfile, dimensions: profileId };
      },
    },
    makeEmbedder: (profile: EmbeddingProfile) => ({
      profile,
      embed: async ([text]) => ({ ...embeddings, vectors: [[profile.dimensions, text?.length ?? 0]] }),
    }),
    log,
  });
  const answers = await Promise.all([
    embedQuery(3, "что?", signal),
    embedQuery(5, "где", signal),
    embedQuery(3, "да", signal),
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
    makeEmbedder: (profile) => ({
      profile,
      embed: async () => {
        if (away) throw new Error("502");
        return embeddings;
      },
    }),
    log,
  });
  expect(await embedQuery(1, "вопрос", signal)).toBeUndefined();
  away = false;
  expect(await embedQuery(1, "вопрос", signal)).toEqual([0.6, 0.8]);
});

test("a client that is gone is no fault of the provider", async () => {
  const gone = new AbortController();
  const embedQuery = makeEmbedQuery({
    profiles: { get: async () => localProfile },
    makeEmbedder: (profile) => ({
      profile,
      embed: async (_texts, signal) => {
        gone.abort();
        signal.throwIfAborted();
        return embeddings;
      },
    }),
    log,
  });
  await expect(embedQuery(1, "вопрос", gone.signal)).rejects.toThrow();
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
