import type { CrmEntity } from "@gpt-agent/crm/provider";
import { crmSync } from "@gpt-agent/jobs/queues/crm-sync";
import { backfillEntity } from "./backfill.ts";
import { readChanges, readInFull } from "./increments.ts";
import type { Run, RunResult } from "./run.ts";
import { watch } from "./watch.ts";

/** What others refer to comes first: stages before deals, people before what is theirs. */
const order: readonly CrmEntity[] = ["pipeline", "user", "field", "company", "contact", "deal", "task", "note"];

const defaultIntervalSeconds = 300;
const reconcileEverySeconds = 24 * 3_600;

const intervalOf = ({ connection }: Run): number => {
  const seconds = connection.settings["syncIntervalSeconds"];
  return typeof seconds === "number" && seconds >= 60 ? seconds : defaultIntervalSeconds;
};

/**
 * Has the CRM tell us what changes from here on; goes on with the backfill, entity by entity, then reads what changed since. Done: the connection is live, and due
 * again after its interval.
 */
export const sync = async (run: Run): Promise<RunResult> => {
  const { provider, ports, key, log } = run;
  const entities = order.filter((entity) => provider.readable.includes(entity));
  const backfilled = run.connection.backfilledAt !== null;
  if (run.connection.webhooks === null) await watch(run);
  let pages = 0;
  for (const entity of entities) {
    run.call.signal.throwIfAborted();
    const backfill = await backfillEntity(run, entity);
    const changes = !backfill.done
      ? backfill
      : !provider.incremental.includes(entity)
        ? await (backfilled ? readInFull(run, entity) : nothingYet)
        : await readChanges(run, entity);
    pages += backfill.pages + (changes === backfill ? 0 : changes.pages);
    if (!changes.done) return { more: true, progressed: pages > 0 };
  }
  const due = run.connection.backfilledAt === null ? { nextReconcileSeconds: reconcileEverySeconds } : {};
  await ports.connections.schedule({ ...key, backfilled: true, nextSyncSeconds: intervalOf(run), ...due });
  await run.enqueue(crmSync, { kind: "refetch", ...key });
  log.info("in step with the CRM", { pages, provider: provider.name });
  return { more: false, progressed: true };
};

const nothingYet = { done: true, pages: 0 };
