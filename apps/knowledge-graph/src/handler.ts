import { isTakenOver } from "@gpt-agent/jobs/error-codes";
import { PermanentError } from "@gpt-agent/jobs/errors";
import type { Handler } from "@gpt-agent/jobs/handler";
import { leaseSeconds } from "@gpt-agent/jobs/lease";
import { knowledgeGraph } from "@gpt-agent/jobs/queues/knowledge-graph";
import { ontologyInForce, readingKey } from "./ontology-in-force.ts";
import { makeOntologyRules } from "./ontology-rules.ts";
import type { Held, Ports } from "./ports.ts";
import { resolveBase } from "./resolve-base.ts";
import { verifyClaims } from "./verify.ts";

/** Leaves a third of the queue's timeout for the call that is under way. */
const runBudgetMs = 160_000;

/**
 * Reads the chunks of a generation into the graph: an extractor claims, the chunk's own words and the base's ontology decide what
 * is kept, and each chunk's contribution replaces whatever that chunk contributed before. A run that is cut off goes on with the
 * first chunk that was not read. Search neither waits for this nor fails with it. Afterwards the base's names are
 * resolved, by a job of its own: documents that come together are resolved together.
 */
export const makeHandler =
  ({ graph, documents, ontologies, extractor, resolution, judge, now }: Ports): Handler<typeof knowledgeGraph> =>
  async (payload, ctx) => {
    if (payload.kind === "resolve") return resolveBase({ resolution, judge }, payload, ctx);
    const { kind: _, ...scope } = payload;
    const { lease, document } = await graph.claim({ ...scope, leaseSeconds, extractor: extractor.key });
    if (lease === undefined) return ctx.log.info("nothing to read: the graph is ready, or the generation superseded");
    const held: Held = { ...scope, lease };
    const { orgId, documentId } = scope;
    const ontology = await ontologyInForce(ontologies, { orgId, knowledgeBaseId: document.knowledgeBaseId });
    const [rules, reader] = [makeOntologyRules(ontology.definition), readingKey(extractor.key, ontology)];
    const endsAt = now() + runBudgetMs;
    const done = { chunks: 0, entities: 0, edges: 0, rejected: 0 };

    const readPending = async (): Promise<"done" | "out of time" | "lease lost"> => {
      for (;;) {
        const chunks = await graph.pending({ ...scope, limit: extractor.chunksPerCall });
        if (chunks.length === 0) {
          await graph.finish(held);
          return "done";
        }
        ctx.signal.throwIfAborted();
        if (now() >= endsAt) return "out of time";
        if (!(await documents.renewLease({ ...held, stage: "graph", leaseSeconds }))) return "lease lost";

        const claims = await extractor.extract(chunks, { orgId, documentId, ontology, signal: ctx.signal });
        for (const [i, { chunkId, content }] of chunks.entries()) {
          const contribution = verifyClaims(content, reader, claims[i] ?? { entities: [], relations: [] }, rules);
          const { entities, edges } = await graph.applyChunk({ ...held, chunkId, contribution });
          done.chunks += 1;
          done.entities += entities;
          done.edges += edges;
          done.rejected += contribution.rejected.length;
        }
        await ctx.progress(done);
      }
    };

    let end;
    try {
      end = await readPending();
    } catch (error) {
      if (!(error instanceof PermanentError && isTakenOver(error.code))) throw error;
      end = "lease lost" as const;
    }
    if (end === "out of time") return ctx.continue({ progressed: done.chunks > 0 });
    if (end === "done") {
      await ctx.enqueue(knowledgeGraph, { kind: "resolve", orgId, knowledgeBaseId: document.knowledgeBaseId });
    }
    ctx.log.info(end === "done" ? "every chunk is read" : "another job took over", {
      extractor: reader,
      ...done,
    });
  };
