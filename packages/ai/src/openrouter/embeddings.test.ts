import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeEmbedder } from "../embedder.ts";
import { openrouterProfile } from "../profile.ts";
import { type FakeOpenRouter, startFakeOpenRouter } from "../testing/fake-openrouter.ts";

const profile = openrouterProfile("openai/text-embedding-3-small");
const { signal } = new AbortController();
const key = (value: string) => ({ reveal: () => value });

let openrouter: FakeOpenRouter;
beforeEach(async () => {
  openrouter = await startFakeOpenRouter();
});
afterEach(() => openrouter.close());

const embedder = (options: { apiKey?: string; dataCollection?: "allow" } = {}) =>
  makeEmbedder(profile, {
    openrouterApiKey: key(options.apiKey ?? "sk-or-test"),
    baseUrl: openrouter.baseUrl,
    dataCollection: options.dataCollection,
  });

describe("a good answer", () => {
  test("gives vectors in the order of the texts, with usage and cost as billed", async () => {
    openrouter.faults.push({ kind: "spoil", change: (answer) => ({ ...answer, data: answer.data.toReversed() }) });
    const { vectors, tokens, costUsd, requestId } = await embedder().embed(["первый текст", "second text"], signal);
    const alone = await embedder().embed(["second text"], signal);

    expect(vectors).toHaveLength(2);
    expect(vectors[1]).toEqual(alone.vectors[0]);
    expect(vectors[0]).not.toEqual(vectors[1]);
    expect(tokens).toBe(6);
    expect(costUsd).toBeCloseTo(1.2e-7, 12);
    expect(requestId).toBe("gen-emb-1");
  });

  test("asks for base64 and forbids data collection, unless it is allowed", async () => {
    await embedder().embed(["a text"], signal);
    await embedder({ dataCollection: "allow" }).embed(["a text"], signal);
    expect(openrouter.requests.map(({ body }) => body)).toEqual([
      { model: profile.model, input: ["a text"], encoding_format: "base64", provider: { data_collection: "deny" } },
      { model: profile.model, input: ["a text"], encoding_format: "base64", provider: { data_collection: "allow" } },
    ]);
  });

  test("may hold plain arrays although base64 was asked for", async () => {
    const array = Array.from({ length: profile.dimensions }, (_, i) => i / 2);
    openrouter.faults.push({
      kind: "spoil",
      change: (answer) => ({ ...answer, data: [{ index: 0, embedding: array }] }),
    });
    expect((await embedder().embed(["a text"], signal)).vectors).toEqual([array]);
  });

  test("without a cost is priced by the profile", async () => {
    openrouter.faults.push({
      kind: "spoil",
      change: (answer) => ({ ...answer, usage: { prompt_tokens: 50_000, total_tokens: 50_000 } }),
    });
    expect((await embedder().embed(["a text"], signal)).costUsd).toBeCloseTo(0.001, 12);
  });
});

describe("a spoilt answer is refused", () => {
  const embedding = new Array<number>(profile.dimensions).fill(0.5);
  test.each([
    ["too few vectors", [{ index: 0, embedding }]],
    ["no list", null],
    [
      "a repeated index",
      [
        { index: 0, embedding },
        { index: 0, embedding },
      ],
    ],
    [
      "an index out of range",
      [
        { index: 0, embedding },
        { index: 7, embedding },
      ],
    ],
    [
      "zeros",
      [
        { index: 0, embedding },
        { index: 1, embedding: embedding.map(() => 0) },
      ],
    ],
    [
      "a value that is no number",
      [
        { index: 0, embedding },
        { index: 1, embedding: [null, ...embedding.slice(1)].map(() => "x") },
      ],
    ],
  ])("%s: an ordinary error, so it is tried again", async (_, data) => {
    openrouter.faults.push({ kind: "spoil", change: (answer) => ({ ...answer, data }) });
    const error = await embedder()
      .embed(["one", "two"], signal)
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: "Error", message: expect.stringContaining(profile.model) as string });
  });

  test("other dimensions: for good, since the profile is wrong", async () => {
    openrouter.faults.push({
      kind: "spoil",
      change: (answer) => ({ ...answer, data: [{ index: 0, embedding: [1, 2] }] }),
    });
    await expect(embedder().embed(["one"], signal)).rejects.toMatchObject({
      name: "PermanentError",
      code: "ai_bad_response",
    });
  });
});

describe("a refusal becomes the error that decides the job's fate", () => {
  const body = (metadata?: unknown) => ({ error: { code: 0, message: "because", metadata } });
  test.each([
    [400, "ai_bad_request"],
    [401, "ai_unauthorized"],
    [402, "ai_payment_required"],
    [403, "ai_unauthorized"],
    [404, "ai_bad_request"],
    [413, "ai_bad_request"],
    [422, "ai_bad_request"],
  ])("%i → PermanentError %s", async (status, code) => {
    openrouter.faults.push({ kind: "answer", status, body: body() });
    await expect(embedder().embed(["one"], signal)).rejects.toMatchObject({ name: "PermanentError", code });
    expect(openrouter.requests).toHaveLength(1);
  });

  test("403 about the text itself → ai_bad_request", async () => {
    openrouter.faults.push({ kind: "answer", status: 403, body: body({ reasons: ["flagged"] }) });
    await expect(embedder().embed(["one"], signal)).rejects.toMatchObject({ code: "ai_bad_request" });
  });

  test.each([
    ["the header in seconds", { "retry-after": "90" }, undefined, 90_000],
    ["the body's metadata", {}, { retry_after_seconds: 7 }, 7_000],
    ["the upstream's header in the body", {}, { headers: { "Retry-After": "12" } }, 12_000],
    ["nothing", {}, undefined, 10_000],
  ])("429 → RetryLaterError after %s, and no second request", async (_, headers, metadata, delayMs) => {
    openrouter.faults.push({ kind: "answer", status: 429, body: body(metadata), headers });
    await expect(embedder().embed(["one"], signal)).rejects.toMatchObject({
      name: "RetryLaterError",
      code: "ai_rate_limited",
      delayMs,
    });
    expect(openrouter.requests).toHaveLength(1);
  });

  test("200 with an error body → the error in it", async () => {
    openrouter.faults.push({ kind: "answer", status: 200, body: { error: { code: 402, message: "no credits" } } });
    await expect(embedder().embed(["one"], signal)).rejects.toMatchObject({ code: "ai_payment_required" });
    openrouter.faults.push({ kind: "answer", status: 200, body: { error: { code: "server_error", message: "late" } } });
    await expect(embedder().embed(["one"], signal)).rejects.toMatchObject({ name: "Error" });
  });

  test.each([[500], [502], [503]])("%i → an ordinary error", async (status) => {
    openrouter.faults.push({ kind: "answer", status, body: body() });
    await expect(embedder().embed(["one"], signal)).rejects.toMatchObject({ name: "Error" });
  });

  test("a page of HTML from a proxy and a cut connection → ordinary errors", async () => {
    openrouter.faults.push({ kind: "answer", status: 502, body: "<html>", headers: { "content-type": "text/html" } });
    await expect(embedder().embed(["one"], signal)).rejects.toMatchObject({ name: "Error" });
    openrouter.faults.push({ kind: "reset" });
    await expect(embedder().embed(["one"], signal)).rejects.toMatchObject({ name: "Error" });
  });

  test("a wrong key → ai_unauthorized, no key → the same without a request", async () => {
    const refused = await embedder({ apiKey: "sk-or-wrong" })
      .embed(["one"], signal)
      .catch((caught: unknown) => caught);
    expect(refused).toMatchObject({ name: "PermanentError", code: "ai_unauthorized" });
    expect(String(refused)).not.toContain("sk-or-wrong");
    await expect(makeEmbedder(profile, {}).embed(["one"], signal)).rejects.toMatchObject({ code: "ai_unauthorized" });
    expect(openrouter.requests).toHaveLength(1);
  });
});

test("an abort while the provider hangs ends the call with the signal's reason", async () => {
  openrouter.faults.push({ kind: "hang" });
  const controller = new AbortController();
  const reason = new Error("shutting down");
  const ended = embedder()
    .embed(["one"], controller.signal)
    .catch((caught: unknown) => caught);
  while (openrouter.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
  controller.abort(reason);
  expect(await ended).toBe(reason);
});
