import { randomUUID } from "node:crypto";
import type { Case } from "../../measure.ts";
import { startInstallation } from "./installation.ts";

interface Shape {
  readonly name: string;
  /** Jobs at once, and requests that each has under way. */
  readonly jobs: number;
  readonly requestsPerJob: number;
  readonly documents: number;
  readonly batchesEach: number;
  readonly inputs: number;
  readonly latencyMs: number;
}

/** The worker as production wires it against a provider of fixed latency; how near it comes to what arithmetic allows. */
const pipelineCase = ({ name, jobs, requestsPerJob, documents, batchesEach, inputs, latencyMs }: Shape): Case => ({
  name,
  unit: "requests/s",
  baselineName: `requests under way (${jobs * requestsPerJob}) ÷ latency`,
  goal: { text: "≥ 0.90 of it", holds: ({ ratio }) => ratio >= 0.9 },
  prepare: async ({ smoke }) => {
    const installation = await startInstallation({ dimensions: smoke ? 64 : 1536, latencyMs, maxBatchInputs: inputs });
    const worker = await installation.startWorker({ concurrency: jobs });
    const count = smoke ? jobs * 2 : documents;
    const batches = smoke ? Math.min(batchesEach, 2) : batchesEach;
    return {
      ours: async () => {
        const orgId = randomUUID();
        const scopes = await installation.addDocuments(orgId, count, batches * inputs);
        const startedAt = performance.now();
        await installation.enqueue(scopes);
        await installation.untilEmbedded([orgId]);
        return (count * batches * 1_000) / (performance.now() - startedAt);
      },
      baseline: async () => (jobs * requestsPerJob * 1_000) / latencyMs,
      close: async () => {
        await installation.kill(worker);
        await installation.stop();
      },
    };
  },
});

export const embeddingPipelines: readonly Case[] = [
  // Long documents: four requests of each are under way at a time.
  pipelineCase({
    name: "embedding-pipeline",
    jobs: 1,
    requestsPerJob: 4,
    documents: 1,
    batchesEach: 60,
    inputs: 96,
    latencyMs: 1_000,
  }),
  // Documents of one request each: what surrounds a request is waited for, too.
  pipelineCase({
    name: "embedding-pipeline-short",
    jobs: 8,
    requestsPerJob: 1,
    documents: 120,
    batchesEach: 1,
    inputs: 16,
    latencyMs: 1_000,
  }),
];
