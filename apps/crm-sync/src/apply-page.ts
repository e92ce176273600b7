import type { CrmEntity, RemoteRecord } from "@gpt-agent/crm/provider";
import { crmSync } from "@gpt-agent/jobs/queues/crm-sync";
import type { AppliedPage, CrmRecordToMerge } from "@gpt-agent/supabase/crm-records";
import { mergeRecord } from "./merge-record.ts";
import type { Run } from "./run.ts";

/** What is stored together with the page's records. */
export type PageExtras = Partial<Pick<AppliedPage, "missing" | "seen" | "settled" | "step">>;

/** Until records that were in somebody's hands are read again. */
const againDelayMs = 1_500;

/** Rows in one call: the database gives 1,000 at most, and a page of Salesforce has 2,000. */
const partSize = 500;
const inParts = <T>(all: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(all.length / partSize) }, (_, n) => all.slice(n * partSize, (n + 1) * partSize));

/**
 * Merges a page into our copy and stores it with the step that reading makes. Records that are being written right now,
 * or changed since they were read, are left alone and read again; returns how many rows changed.
 */
export const applyPage = async (
  { ports, key, connection, mappingOf, enqueue }: Run,
  entity: CrmEntity,
  records: readonly RemoteRecord[],
  extras: PageExtras = {},
): Promise<number> => {
  // The last of several states of one record is the newest.
  const byId = new Map(records.map((record) => [record.remoteId, record]));
  const alive = [...byId.values()].filter(({ deleted }) => !deleted);
  const gone = [...byId.values()].filter(({ deleted }) => deleted).map(({ remoteId }) => remoteId);
  const remoteIds = alive.map(({ remoteId }) => remoteId);
  const known = new Map<string, CrmRecordToMerge>();
  for (const some of inParts(remoteIds)) {
    const rows = await ports.records.toMerge({ ...key, entity, remoteIds: some });
    for (const row of rows) known.set(row.remoteId, row);
  }
  const merged = alive.map((remote) => ({
    remote,
    ...mergeRecord(remote, known.get(remote.remoteId), { mapping: mappingOf(entity), policy: connection.policy }),
  }));
  const rows = merged.flatMap(({ row }) => row ?? []);
  const parts = inParts(rows);
  let [stored, again] = [0, 0];
  for (const [n, part] of (parts.length === 0 ? [[]] : parts).entries()) {
    // The step is taken with the last part: until then a run that dies reads the page again.
    const last = n >= parts.length - 1 && {
      ...extras,
      missing: [...gone, ...(extras.missing ?? [])],
      errors: merged.flatMap(({ remote, problems }) =>
        problems.map((message) => ({ subject: remote.remoteId, code: "crm_bad_response", message })),
      ),
    };
    const applied = await ports.records.apply({ ...key, entity, rows: part, ...last });
    stored += applied.stored;
    again += applied.again;
  }
  if (again > 0) await enqueue(crmSync, { kind: "refetch", ...key }, { delayMs: againDelayMs });
  if (rows.some(({ push }) => push)) await enqueue(crmSync, { kind: "push", ...key });
  return stored;
};
