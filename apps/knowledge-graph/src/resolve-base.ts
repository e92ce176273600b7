import type { JobContext } from "@gpt-agent/jobs/handler";
import type { Base, Resolution } from "./ports.ts";
import { canonicalChanges, type Nameable } from "./resolution/canonicals.ts";

const assignmentsPerCall = 500;

/**
 * Says anew which entities of a knowledge base are one thing. It follows from the names alone (and from people's decisions), so a run
 * that is cut off or repeated does no harm, and the last one that runs is right: changes that came meanwhile keep the base due.
 */
export const resolveBase = async (
  resolution: Resolution,
  base: Base,
  { signal, log, progress }: Pick<JobContext, "signal" | "log" | "progress">,
): Promise<void> => {
  const change = await resolution.latestChange(base);
  if (change === undefined) return log.info("nothing to resolve: no name has changed");
  const entities: Nameable[] = [];
  for await (const entity of resolution.entities(base)) {
    signal.throwIfAborted();
    entities.push(entity);
  }
  const assignments = canonicalChanges(entities, await resolution.decisions(base));
  for (let from = 0; from < assignments.length; from += assignmentsPerCall) {
    signal.throwIfAborted();
    const part = assignments.slice(from, from + assignmentsPerCall);
    await resolution.assign({ ...base, change, assignments: part });
    await progress({ entities: entities.length, assigned: from + part.length });
  }
  await resolution.settle({ ...base, change });
  log.info("names are resolved", { entities: entities.length, changed: assignments.length });
};
