import type { JobContext } from "@gpt-agent/jobs/handler";
import type { Base, Judge, Resolution } from "./ports.ts";
import { canonicalChanges, type Judged, type Nameable, doubtfulNames } from "./resolution/canonicals.ts";

const assignmentsPerCall = 500;
/** One request. */
const mostPairs = 40;
/** Names grow with texts: so the judge's part in what a text costs stays small. */
const entitiesPerPair = 4;

type Context = Pick<JobContext, "signal" | "log" | "progress">;

/**
 * Says anew which entities of a knowledge base are one thing. It follows from the names alone (from people's decisions, and from what a
 * judge said of names), so a run that is cut off or repeated does no harm, and the last one that runs is right: changes that came
 * meanwhile keep the base due.
 */
export const resolveBase = async (
  { resolution, judge }: { readonly resolution: Resolution; readonly judge?: Judge | undefined },
  base: Base,
  { signal, log, progress }: Context,
): Promise<void> => {
  const change = await resolution.latestChange(base);
  if (change === undefined) return log.info("nothing to resolve: no name has changed");
  const entities: Nameable[] = [];
  for await (const entity of resolution.entities(base)) {
    signal.throwIfAborted();
    entities.push(entity);
  }
  const decisions = await resolution.decisions(base);

  /** Without a judge, or while it is away, names decide alone. */
  const askJudge = async (): Promise<readonly Judged[]> => {
    if (!judge) return [];
    const most = Math.min(mostPairs, Math.ceil(entities.length / entitiesPerPair));
    const doubts = doubtfulNames(entities, decisions, most);
    try {
      const verdicts = await judge.judge(doubts, { ...base, signal });
      return doubts.filter((_, i) => verdicts[i] === "same");
    } catch (error) {
      signal.throwIfAborted();
      log.warn("names are resolved without the judge, who is away", { error: (error as Error).message });
      return [];
    }
  };

  const assignments = canonicalChanges(entities, decisions, await askJudge());
  for (let from = 0; from < assignments.length; from += assignmentsPerCall) {
    signal.throwIfAborted();
    const part = assignments.slice(from, from + assignmentsPerCall);
    await resolution.assign({ ...base, change, assignments: part });
    await progress({ entities: entities.length, assigned: from + part.length });
  }
  await resolution.settle({ ...base, change });
  log.info("names are resolved", { entities: entities.length, changed: assignments.length });
};
