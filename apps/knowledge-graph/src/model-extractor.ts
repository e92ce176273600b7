import { createHash } from "node:crypto";
import type { ChatModel } from "@gpt-agent/ai/openrouter/chat";
import type { Claims } from "./claims.ts";
import type { NamedOntology } from "./ontology-in-force.ts";
import { type Asked, affordableCalls, poorlyCovered, together } from "./second-look.ts";
import { makePacks } from "./packs.ts";
import type { Answers, ExtractScope, Extractor } from "./ports.ts";
import { promptVersion, systemPrompt, userPrompt } from "./prompt.ts";
import { readAnswer } from "./read-answer.ts";
import { makeAnswerSchema } from "./schema.ts";

const outputTokensPerChunk = 2_000;
const chunksPerRun = 24;
const requestsAtOnce = 3;

const nothing: Claims = { entities: [], relations: [] };

/** One call of `extract`. */
interface Run extends ExtractScope {
  /** Requests so far. */
  calls: number;
}

/**
 * Reads with a chat model. Every answer is stored before it is read, by what was asked, so that nothing is paid for twice: not after a
 * crash, not for a passage that moved, not when this reader gets better. An answer that holds nothing readable, or was cut off
 * while it was about several chunks, is asked again in halves; a single chunk is asked once more, and then recorded as unreadable
 * rather than as empty.
 *
 * Where answers passed over most of the names that stand in their chunks, the worst are asked about once more, by these names, as
 * far as the calls for these chunks stay within what a document may cost.
 */
export const makeModelExtractor = (chat: ChatModel, answers: Answers): Extractor => {
  const key = `${chat.model}#${promptVersion}`;
  const chunkKey = ({ content, headingPath, missed }: Asked, { fingerprint }: NamedOntology): string =>
    createHash("sha256")
      .update(JSON.stringify([key, fingerprint, headingPath, content, ...(missed ? [missed] : [])]))
      .digest("hex");

  const ask = async (chunks: readonly Asked[], run: Run, isRepeat = false): Promise<readonly Claims[]> => {
    run.calls += 1;
    const { ontology } = run;
    const { text, truncated, requestId, costUsd, inputTokens, outputTokens } = await chat.completeJson(
      {
        system: systemPrompt(ontology.definition),
        user: userPrompt(chunks),
        schemaName: "knowledge_graph",
        schema: makeAnswerSchema(ontology.definition),
        maxOutputTokens: outputTokensPerChunk * chunks.length,
      },
      run.signal,
    );
    await answers.store({
      orgId: run.orgId,
      documentId: run.documentId,
      provider: "openrouter",
      model: chat.model,
      requestId,
      tokens: inputTokens + outputTokens,
      costUsd,
      content: text,
      isTruncated: truncated,
      chunkKeys: chunks.map((chunk) => chunkKey(chunk, ontology)),
    });
    const read = readAnswer(text, chunks.length, truncated);
    if (read && (chunks.length === 1 || read.condition !== "cut_off")) return read.claims;
    if (chunks.length > 1) {
      const middle = Math.ceil(chunks.length / 2);
      const first = await ask(chunks.slice(0, middle), run);
      return [...first, ...(await ask(chunks.slice(middle), run))];
    }
    if (!isRepeat) return ask(chunks, run, true);
    return [{ ...nothing, rejected: [{ reason: "unreadable", item: text }] }];
  };

  /**
   * What earlier answers say of these chunks: with this ontology, else with one that asked for more. Of an answer that was cut off,
   * nothing is sure but what it says of its only chunk.
   */
  const recall = async <Chunk extends Asked>(
    chunks: readonly Chunk[],
    { orgId, ontology }: ExtractScope,
  ): Promise<Map<Chunk, Claims>> => {
    const keysOf = new Map(
      chunks.map((chunk) => [chunk, [ontology, ...ontology.wider].map((one) => chunkKey(chunk, one))]),
    );
    const keys = [...new Set([...keysOf.values()].flat())];
    const stored = keys.length === 0 ? [] : await answers.find({ orgId, chunkKeys: keys });
    const byKey = new Map(stored.map((answer) => [answer.chunkKey, answer]));
    const known = new Map<Chunk, Claims>();
    for (const [chunk, wanted] of keysOf) {
      const answer = wanted.map((one) => byKey.get(one)).find((one) => one !== undefined);
      const read = answer && readAnswer(answer.content, answer.ofCount, answer.isTruncated);
      const claims = read?.claims[answer?.place ?? 0];
      if (claims && (read.condition !== "cut_off" || answer?.ofCount === 1)) known.set(chunk, claims);
    }
    return known;
  };

  /** What was answered is stored even where another request fails; then the first failure counts. */
  const askAll = async <Chunk extends Asked>(packs: readonly Chunk[][], run: Run): Promise<Map<Chunk, Claims>> => {
    const known = new Map<Chunk, Claims>();
    for (let from = 0; from < packs.length; from += requestsAtOnce) {
      const now = packs.slice(from, from + requestsAtOnce);
      const answered = await Promise.allSettled(now.map((pack) => ask(pack, run)));
      for (const [i, pack] of now.entries()) {
        const result = answered[i];
        if (result?.status === "rejected") throw result.reason;
        pack.forEach((chunk, place) => known.set(chunk, result?.value[place] ?? nothing));
      }
    }
    return known;
  };

  return {
    key,
    chunksPerCall: chunksPerRun,
    extract: async (chunks, scope) => {
      const run: Run = { ...scope, calls: 0 };
      // The same passage under the same headings is asked about once, however often the document repeats it.
      const distinct = new Map<string, Asked>(chunks.map((chunk) => [chunkKey(chunk, scope.ontology), chunk]));
      const known = await recall([...distinct.values()], scope);
      const packs = makePacks([...distinct.values()].filter((chunk) => !known.has(chunk)));
      const answered = await askAll(packs, run);
      for (const [chunk, claims] of answered) known.set(chunk, claims);

      // Also of those that were recalled: the second look may have been taken then. It is not taken now, so that a repeated run costs
      // nothing.
      const poor = poorlyCovered(known);
      const second = await recall(poor, scope);
      const again = poor.filter((chunk) => !second.has(chunk) && answered.has(chunk.first));
      const affordable = makePacks(again).slice(0, affordableCalls(packs.flat(), run.calls));
      for (const [chunk, claims] of await askAll(affordable, run)) second.set(chunk, claims);
      for (const [chunk, claims] of second) known.set(chunk.first, together(known.get(chunk.first) ?? nothing, claims));
      const keyOf = (asked: Asked): string => chunkKey(asked, scope.ontology);
      const secondKeys = new Map([...second.keys()].map((look) => [look.first, keyOf(look)]));
      return chunks.map((chunk) => {
        const key = keyOf(chunk);
        const first = distinct.get(key) ?? chunk;
        const secondKey = secondKeys.get(first);
        return { ...(known.get(first) ?? nothing), answerKeys: secondKey === undefined ? [key] : [key, secondKey] };
      });
    },
  };
};
