import type { ChatModel } from "@gpt-agent/ai/openrouter/chat";
import type { Claims } from "./claims.ts";
import type { Extractor, Spent, UnreadChunk } from "./ports.ts";
import { promptVersion, systemPrompt, userPrompt } from "./prompt.ts";
import { readAnswer } from "./read-answer.ts";
import { answerSchema } from "./schema.ts";

/** About 2 000 tokens of text: longer requests yield fewer entities per chunk. */
const chunksPerCall = 4;
const outputTokensPerChunk = 2_000;

/**
 * Reads with a chat model. An answer that cannot be read, or that was cut off, is asked again in halves; a single
 * chunk that still gets none is recorded as unreadable rather than as empty.
 */
export const makeModelExtractor = (chat: ChatModel): Extractor => {
  const ask = async (
    chunks: readonly Pick<UnreadChunk, "content" | "headingPath">[],
    signal: AbortSignal,
  ): Promise<{ claims: Claims[]; spent: Spent[] }> => {
    const answer = await chat.completeJson(
      {
        system: systemPrompt,
        user: userPrompt(chunks),
        schemaName: "knowledge_graph",
        schema: answerSchema,
        maxOutputTokens: outputTokensPerChunk * chunks.length,
      },
      signal,
    );
    const { requestId, costUsd, inputTokens, outputTokens } = answer;
    const spent = [{ requestId, model: chat.model, tokens: inputTokens + outputTokens, costUsd }];
    const claims = answer.truncated ? undefined : readAnswer(answer.text, chunks.length);
    if (claims) return { claims, spent };
    if (chunks.length === 1) {
      const rejected = [{ reason: "unreadable" as const, item: answer.text }];
      return { claims: [{ entities: [], relations: [], rejected }], spent };
    }
    const middle = Math.ceil(chunks.length / 2);
    const first = await ask(chunks.slice(0, middle), signal);
    const second = await ask(chunks.slice(middle), signal);
    return { claims: [...first.claims, ...second.claims], spent: [...spent, ...first.spent, ...second.spent] };
  };
  return { key: `${chat.model}#${promptVersion}`, chunksPerCall, extract: ask };
};
