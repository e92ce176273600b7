import type { InputOf } from "@gpt-agent/jobs/define-queue";
import type { knowledgeGraph } from "@gpt-agent/jobs/queues/knowledge-graph";
import type { Base, Scope } from "./ports.ts";

interface DueDocuments {
  allDue(stage: "graph"): AsyncIterable<Scope>;
}

interface DueResolutions {
  allDue(ageSeconds: number): AsyncIterable<Base>;
}

// A document that is being read changes names all the time; its job asks for the resolution when it has finished.
const resolvedWithinSeconds = 60;

/** What the sweep enqueues again: generations whose graph is unfinished, and bases whose names have waited too long. */
export const allDue = async function* (
  documents: DueDocuments,
  resolution: DueResolutions,
): AsyncIterable<InputOf<typeof knowledgeGraph>> {
  yield* documents.allDue("graph");
  for await (const base of resolution.allDue(resolvedWithinSeconds)) yield { kind: "resolve", ...base };
};
