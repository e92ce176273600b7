import { createHash } from "node:crypto";
import type { ChatModel } from "@gpt-agent/ai/openrouter/chat";
import type { Claims } from "./claims.ts";
import { makePacks } from "./packs.ts";
import type { Answers, ExtractScope, Extractor, UnreadChunk } from "./ports.ts";
import { promptVersion, systemPrompt, userPrompt } from "./prompt.ts";
import { readAnswer } from "./read-answer.ts";
import { answerSchema } from "./schema.ts";

const outputTokensPerChunk = 2_000;
const chunksPerRun = 12;

type Asked = Pick<UnreadChunk, "content" | "headingPath">;

/**
 * Reads with a chat model. Every answer is stored before it is read, by what was asked, so that nothing is paid for twice: not after a
 * crash, not for a passage that moved, not when this reader gets better. An answer that holds nothing readable, or was cut off
 * while it was about several chunks, is asked again in halves; a single chunk is asked once more, and then recorded as unreadable
 * rather than as empty.
 */
export const makeModelExtractor = (chat: ChatModel, answers: Answers): Extractor => {
  const key = `${chat.model}#${promptVersion}`;
  const chunkKey = ({ content, headingPath }: Asked): string =>
    createHash("sha256")
      .update(JSON.stringify([key, headingPath, content]))
      .digest("hex");

  const ask = async (chunks: readonly Asked[], scope: ExtractScope, isRepeat = false): Promise<readonly Claims[]> => {
    const { text, truncated, requestId, costUsd, inputTokens, outputTokens } = await chat.completeJson(
      {
        system: systemPrompt,
        user: userPrompt(chunks),
        schemaName: "knowledge_graph",
        schema: answerSchema,
        maxOutputTokens: outputTokensPerChunk * chunks.length,
      },
      scope.signal,
    );
    await answers.store({
      orgId: scope.orgId,
      documentId: scope.documentId,
      provider: "openrouter",
      model: chat.model,
      requestId,
      tokens: inputTokens + outputTokens,
      costUsd,
      content: text,
      isTruncated: truncated,
      chunkKeys: chunks.map(chunkKey),
    });
    const read = readAnswer(text, chunks.length, truncated);
    if (read && (chunks.length === 1 || read.condition !== "cut_off")) return read.claims;
    if (chunks.length > 1) {
      const middle = Math.ceil(chunks.length / 2);
      const first = await ask(chunks.slice(0, middle), scope);
      return [...first, ...(await ask(chunks.slice(middle), scope))];
    }
    if (!isRepeat) return ask(chunks, scope, true);
    return [{ entities: [], relations: [], rejected: [{ reason: "unreadable", item: text }] }];
  };

  /** What earlier answers say of these chunks; of one that was cut off, nothing is sure but what it says of its only chunk. */
  const recall = async (chunks: readonly Asked[], { orgId }: ExtractScope): Promise<ReadonlyMap<Asked, Claims>> => {
    const keys = new Map(chunks.map((chunk) => [chunk, chunkKey(chunk)]));
    const stored = await answers.find({ orgId, chunkKeys: [...new Set(keys.values())] });
    const byKey = new Map(stored.map((answer) => [answer.chunkKey, answer]));
    const known = new Map<Asked, Claims>();
    for (const [chunk, wanted] of keys) {
      const answer = byKey.get(wanted);
      const read = answer && readAnswer(answer.content, answer.ofCount, answer.isTruncated);
      const claims = read?.claims[answer?.place ?? 0];
      if (claims && (read.condition !== "cut_off" || answer?.ofCount === 1)) known.set(chunk, claims);
    }
    return known;
  };

  return {
    key,
    chunksPerCall: chunksPerRun,
    extract: async (chunks, scope) => {
      const known = new Map(await recall(chunks, scope));
      for (const pack of makePacks(chunks.filter((chunk) => !known.has(chunk)))) {
        const claims = await ask(pack, scope);
        pack.forEach((chunk, i) => known.set(chunk, claims[i] ?? { entities: [], relations: [] }));
      }
      return chunks.map((chunk) => known.get(chunk) ?? { entities: [], relations: [] });
    },
  };
};
