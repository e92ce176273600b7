import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { type FakeOpenRouter, startFakeOpenRouter } from "../testing/fake-openrouter.ts";
import { makeChatModel } from "./chat.ts";

const { signal } = new AbortController();
const request = {
  system: "Extract.",
  user: "Some text",
  schemaName: "answer",
  schema: z.strictObject({ words: z.array(z.string()) }),
  maxOutputTokens: 100,
};

let openrouter: FakeOpenRouter;
beforeEach(async () => {
  openrouter = await startFakeOpenRouter({ chat: (user) => JSON.stringify({ words: user.split(" ") }) });
});
afterEach(() => openrouter.close());
const chat = () =>
  makeChatModel("openai/gpt-4.1-mini", {
    openrouterApiKey: { reveal: () => "sk-or-test" },
    baseUrl: openrouter.baseUrl,
  });

test("answers JSON by a strict schema, with usage and cost", async () => {
  expect(await chat().completeJson(request, signal)).toEqual({
    text: '{"words":["Some","text"]}',
    truncated: false,
    inputTokens: 5,
    outputTokens: 7,
    costUsd: 0.0001,
    requestId: "gen-chat-1",
  });
  const { body } = openrouter.requests[0] ?? {};
  expect(body).toMatchObject({
    temperature: 0,
    max_tokens: 100,
    provider: { data_collection: "deny", require_parameters: true },
    response_format: {
      type: "json_schema",
      json_schema: {
        strict: true,
        schema: { type: "object", required: ["words"], additionalProperties: false },
      },
    },
  });
});

test("says when the answer was cut off", async () => {
  const choices = [{ index: 0, finish_reason: "length", message: { role: "assistant", content: '{"wor' } }];
  openrouter.faults.push({ kind: "answer", status: 200, body: { id: "gen-9", choices } });
  expect(await chat().completeJson(request, signal)).toMatchObject({
    text: '{"wor',
    truncated: true,
    requestId: "gen-9",
  });
});

test("is an ordinary error without content, and a refusal where the provider refuses", async () => {
  openrouter.faults.push({ kind: "answer", status: 200, body: { choices: [] } });
  await expect(chat().completeJson(request, signal)).rejects.toMatchObject({ name: "Error" });
  openrouter.faults.push({ kind: "answer", status: 402, body: { error: { code: 402, message: "no credits" } } });
  await expect(chat().completeJson(request, signal)).rejects.toMatchObject({ code: "ai_payment_required" });
});

const noEndpoints = {
  kind: "answer",
  status: 404,
  body: { error: { code: 404, message: "No endpoints found that can handle the requested parameters." } },
} as const;

test("asks a model that knows no strict schemas by a tool, then in words, and remembers which way it takes", async () => {
  const toolCall = { id: "t1", type: "function", function: { name: "answer", arguments: '{"words":["tool"]}' } };
  const choices = [{ index: 0, finish_reason: "tool_calls", message: { role: "assistant", tool_calls: [toolCall] } }];
  openrouter.faults.push(noEndpoints, { kind: "answer", status: 200, body: { id: "gen-9", choices } });
  const model = chat();
  expect(await model.completeJson(request, signal)).toMatchObject({ text: '{"words":["tool"]}' });
  openrouter.faults.push(noEndpoints);
  expect(await model.completeJson(request, signal)).toMatchObject({ text: '{"words":["Some","text"]}' });
  expect(await model.completeJson(request, signal)).toMatchObject({ text: '{"words":["Some","text"]}' });
  const ways = openrouter.requests.map(({ body }) =>
    "tools" in body ? "tool" : "response_format" in body ? "schema" : "words",
  );
  expect(ways).toEqual(["schema", "tool", "tool", "words", "words"]);
  const [system] = (openrouter.requests.at(-1)?.body["messages"] ?? []) as { content: string }[];
  expect(system?.content).toContain('"required":["words"]');
});

test("where no way passes, the first refusal is told", async () => {
  const refused = { kind: "answer", status: 400, body: { error: { code: 400, message: "too long" } } } as const;
  openrouter.faults.push(refused, noEndpoints, noEndpoints);
  await expect(chat().completeJson(request, signal)).rejects.toMatchObject({
    code: "ai_bad_request",
    detail: { status: 400 },
  });
});
