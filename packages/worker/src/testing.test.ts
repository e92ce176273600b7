import { PermanentError, RetryLaterError } from "@gpt-agent/jobs/errors";
import { embeddings } from "@gpt-agent/jobs/queues/embeddings";
import { knowledgeGraph } from "@gpt-agent/jobs/queues/knowledge-graph";
import { describe, expect, test } from "vitest";
import { perform } from "./testing.ts";

const input = {
  orgId: "5b0e8f0e-6c9d-4d7e-9d3e-0a1b2c3d4e5f",
  documentId: "6c1f9a1f-7dae-4e8f-8e4f-1b2c3d4e5f60",
  generation: 1,
};

describe("perform", () => {
  test("completed, with what was enqueued and reported", async () => {
    const performed = await perform(
      embeddings,
      async (payload, ctx) => {
        await ctx.progress({ done: 1 });
        await ctx.enqueue(knowledgeGraph, payload);
      },
      input,
    );
    expect(performed).toMatchObject({ state: "completed", progress: [{ done: 1 }] });
    expect(performed.enqueued).toEqual([
      { queue: knowledgeGraph, payload: { kind: "read", ...input }, options: undefined },
    ]);
  });

  test("each way out of a handler", async () => {
    const outcome = async (error: Error) =>
      perform(
        embeddings,
        async () => {
          throw error;
        },
        input,
      );
    expect(await outcome(new PermanentError("file_bomb", "x"))).toMatchObject({
      state: "permanent",
      code: "file_bomb",
    });
    expect(await outcome(new Error("x"))).toMatchObject({ state: "retry", delayMs: 2_000 });
    expect(await outcome(new RetryLaterError(30_000, "ai_rate_limited", "x"))).toMatchObject({
      state: "retryLater",
      delayMs: 30_000,
    });
    const goOn = await perform(embeddings, (_, ctx) => ctx.continue({ progressed: true }), input);
    expect(goOn).toMatchObject({ state: "continued" });
  });

  test("a payload that does not parse never reaches the handler", async () => {
    const handle = async (): Promise<void> => expect.unreachable();
    expect(await perform(embeddings, handle, { ...input, generation: 0 })).toMatchObject({
      state: "permanent",
      code: "invalid_payload",
    });
  });

  test("the last attempt is final, and a shutdown hands back", async () => {
    const fail = async (): Promise<void> => {
      throw new Error("x");
    };
    expect(await perform(embeddings, fail, input, { attempt: 5 })).toMatchObject({ code: "attempts_exhausted" });
    const shutdown = new AbortController();
    const stopped = await perform(
      embeddings,
      async (_, { signal }) => {
        shutdown.abort();
        signal.throwIfAborted();
      },
      input,
      { shutdown: shutdown.signal },
    );
    expect(stopped.state).toBe("handedBack");
  });
});
