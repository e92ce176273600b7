import type { CrmEntity } from "@gpt-agent/crm/provider";
import { applyPage } from "./apply-page.ts";
import type { Run, RunResult } from "./run.ts";

const perRequest = 200;

/**
 * Reads again what events, deletions and unclear writes named, in batches. What the CRM tells then counts, not what the
 * event said: an event may be forged, late or our own.
 */
export const refetch = async (run: Run): Promise<RunResult> => {
  const { ports, key, provider, call } = run;
  let [batches, changed] = [0, 0];
  for (;;) {
    if (run.outOfTime()) return { more: true, progressed: batches > 0 };
    const due = await ports.refetches.due({ ...key, limit: perRequest });
    const [first] = due;
    if (first === undefined) break;
    const entity = first.entity as CrmEntity;
    const settled = due.map(({ remoteId, generation }) => ({ remoteId, generation }));
    const remoteIds = settled.map(({ remoteId }) => remoteId);
    const { records, missing } = provider.readable.includes(entity)
      ? await provider.read({ entity, remoteIds }, call)
      : { records: [], missing: [] };
    changed += await applyPage(run, entity, records, { missing, settled });
    batches += 1;
  }
  if (batches > 0) run.log.info("records read again", { batches, changed });
  return { more: false, progressed: true };
};
