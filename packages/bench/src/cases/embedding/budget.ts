import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Case } from "../../measure.ts";
import { startInstallation, tokensPerPassage } from "./installation.ts";

const inputs = 16;
const requestsPerWindow = 20;
const tokensPerWindow = requestsPerWindow * inputs * tokensPerPassage;
/** A request that was on its way when the 429 was answered, and the news of it on its way to the other process. */
const onItsWayMs = 150;

/**
 * Two processes under one limit of tokens, at a provider that counts exactly. After that it asks to slow down: nothing
 * may be sent before its Retry-After is over.
 */
export const embeddingBudget: Case = {
  name: "embedding-budget",
  unit: "tokens/s",
  baselineName: "the provider's limit",
  goal: { text: "≥ 0.85 of it, and nothing sent while it asks to wait", holds: ({ ratio }) => ratio >= 0.85 },
  prepare: async ({ smoke, minutes }) => {
    const windowMs = minutes === undefined ? (smoke ? 1_000 : 6_000) : 60_000;
    const windows = minutes ?? (smoke ? 2 : 3);
    const retryAfterSeconds = smoke ? 1 : 2;
    const limit = { windowMs, tokens: tokensPerWindow, retryAfterSeconds };
    const installation = await startInstallation({ dimensions: 64, latencyMs: 200, maxBatchInputs: inputs, limit });
    const { provider } = installation;
    return {
      ours: async () => {
        const budget = { requestsPerMinute: 100_000, tokensPerMinute: tokensPerWindow, minuteMs: windowMs };
        const task = { concurrency: 5, recoversQuickly: true, ...budget };
        const workers = [await installation.startWorker(task), await installation.startWorker(task)];
        // More than can be embedded: the round ends with its time.
        const requestsEach = Math.ceil((requestsPerWindow * (windows + 2)) / 20);
        for (const orgId of [randomUUID(), randomUUID()]) {
          await installation.enqueue(await installation.addDocuments(orgId, 10, requestsEach * inputs));
        }
        // The first window is empty: what is let through at once in it is no rate.
        await sleep(windowMs * 1.2);
        const fromMs = performance.now();
        await sleep(windowMs * windows);
        const toMs = performance.now();
        const measured = provider.served.filter(({ arrivedAtMs }) => arrivedAtMs >= fromMs && arrivedAtMs < toMs);
        const taken = measured.filter(({ status }) => status === 200).reduce((sum, { tokens }) => sum + tokens, 0);

        provider.refuseOne();
        const toldAtMs = await provider.nextRefusal(toMs);
        const endsAtMs = toldAtMs + retryAfterSeconds * 1_000;
        await sleep(endsAtMs - performance.now());
        const early = provider.served.filter(
          ({ arrivedAtMs }) => arrivedAtMs > toldAtMs + onItsWayMs && arrivedAtMs < endsAtMs,
        );
        for (const worker of workers) await installation.kill(worker);
        const refused = measured.length - measured.filter(({ status }) => status === 200).length;
        if (refused > 0) console.error(`embedding-budget: ${refused} of ${measured.length} were refused with 429`);
        if (early.length > 0) console.error(`embedding-budget: ${early.length} sent before a Retry-After was over`);
        return early.length > 0 ? 0 : (taken * 1_000) / (toMs - fromMs);
      },
      baseline: async () => (tokensPerWindow * 1_000) / windowMs,
      close: installation.stop,
    };
  },
};
