import { crmSync } from "@gpt-agent/jobs/queues/crm-sync";
import { sweepEntity } from "./backfill.ts";
import type { Run, RunResult } from "./run.ts";
import { watch } from "./watch.ts";

const everySeconds = 24 * 3_600;
/** A sweep that ended this recently belongs to the reconciliation that is going on. */
const sameRunMs = 12 * 3_600_000;

/**
 * Reads everything once more, by id: finds what changed or went without any event or list telling it. And looks whether the
 * CRM still sends webhooks.
 */
export const reconcile = async (run: Run): Promise<RunResult> => {
  const { ports, key, provider } = run;
  let pages = 0;
  for (const entity of provider.readable) {
    const { finishedAt } = await ports.cursors.open({ ...key, entity, kind: "sweep" });
    if (finishedAt !== null && ports.now() - Date.parse(finishedAt) < sameRunMs) continue;
    const sweep = await sweepEntity(run, entity);
    pages += sweep.pages;
    if (!sweep.done) return { more: true, progressed: pages > 0 };
  }
  await watch(run);
  await ports.connections.schedule({ ...key, backfilled: false, nextReconcileSeconds: everySeconds });
  await run.enqueue(crmSync, { kind: "refetch", ...key });
  return { more: false, progressed: true };
};
