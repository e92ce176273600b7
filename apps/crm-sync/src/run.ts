import type { EntityMapping } from "@gpt-agent/crm/mapping";
import type { CallOptions, CrmEntity, CrmProvider } from "@gpt-agent/crm/provider";
import type { Enqueue, Log } from "@gpt-agent/jobs/handler";
import type { Connection, Ports } from "./ports.ts";

/** How one run came out: `more` goes on as a continuation. */
export interface RunResult {
  readonly more: boolean;
  readonly progressed: boolean;
}

/** One connection's work of one kind, for as long as one run of the job may take. */
export interface Run {
  readonly ports: Ports;
  readonly connection: Connection;
  readonly key: { readonly orgId: string; readonly connectionId: string };
  readonly provider: CrmProvider;
  readonly call: CallOptions;
  readonly log: Log;
  readonly enqueue: Enqueue;
  readonly mappingOf: (entity: CrmEntity) => EntityMapping;
  /** True once no further page or batch should be begun. */
  readonly outOfTime: () => boolean;
}

/** Leaves the rest of the queue's timeout for the page that is under way. */
const runBudgetMs = 150_000;

const lanes = { sync: "delta", refetch: "delta", push: "push", reconcile: "backfill", token: "delta" } as const;

export const beginRun = async (
  ports: Ports,
  connection: Connection,
  kind: keyof typeof lanes,
  { signal, log, enqueue }: { readonly signal: AbortSignal; readonly log: Log; readonly enqueue: Enqueue },
): Promise<Run> => {
  const key = { orgId: connection.orgId, connectionId: connection.id };
  const mappings = new Map((await ports.mappings.list(key)).map(({ entity, fields }) => [entity, fields]));
  const endsAt = ports.now() + runBudgetMs;
  return {
    ports,
    connection,
    key,
    provider: ports.providerOf(connection),
    call: { signal, lane: lanes[kind] },
    log,
    enqueue,
    mappingOf: (entity) => mappings.get(entity),
    outOfTime: () => ports.now() >= endsAt,
  };
};
