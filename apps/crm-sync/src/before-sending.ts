import { toOurs } from "@gpt-agent/crm/mapping";
import { sameValue } from "@gpt-agent/crm/merge";
import type { CrmEntity, RemoteRecord } from "@gpt-agent/crm/provider";
import type { ClaimedCrmWrite, SettledCrmWrite } from "@gpt-agent/supabase/crm-outbox";
import { planWrite, type PlannedWrite } from "./plan-write.ts";
import type { Run } from "./run.ts";

/** A claimed write with what it comes to now. */
export type Sendable = ClaimedCrmWrite & { readonly plan: Extract<PlannedWrite, { readonly kind: "send" }> };

const againDelaySeconds = 1;
/** A record that will not keep still is written all the same after so many looks. */
const maxLooks = 3;

/** Everything that can be said without sending; otherwise what is to be sent. */
export const withoutSending = async (run: Run, write: ClaimedCrmWrite): Promise<SettledCrmWrite | Sendable> => {
  const { id, remoteId } = write;
  if (!run.provider.writable.includes(write.entity as CrmEntity)) {
    return { id, state: "refused", code: "crm_record_refused", message: `${write.entity} records cannot be written.` };
  }
  if (write.unclear && remoteId !== null) {
    return { id, state: "again", remoteId, delaySeconds: againDelaySeconds };
  }
  const plan = planWrite(write, run.mappingOf(write.entity as CrmEntity));
  if (plan.kind === "nothing") return { id, state: "done", ...(remoteId !== null && { remoteId }) };
  if (plan.kind === "refuse") return { id, state: "refused", code: "crm_record_refused", message: plan.message };
  if (write.unclear) {
    const found = await findCreated(run, { ...write, plan });
    if (found !== undefined) return createdBefore(run, { ...write, plan }, found);
  }
  return { ...write, plan };
};

const findCreated = async (
  { provider, call, log }: Run,
  { recordId, sentAt, plan }: Sendable,
): Promise<RemoteRecord | undefined> => {
  const { operation } = plan;
  const sinceMs = sentAt === null ? undefined : Date.parse(sentAt);
  const found = await provider.findByExternalId(
    {
      entity: operation.entity,
      externalId: recordId,
      ...(sinceMs !== undefined && { sent: { operation, sinceMs } }),
    },
    call,
  );
  if (found.length > 1) log.warn("the CRM has several records with one external id", { recordId, count: found.length });
  return found[0];
};

/** The lost answer's record. What we hold beyond it, edited since, goes out as an update. */
const createdBefore = ({ mappingOf }: Run, write: Sendable, found: RemoteRecord): SettledCrmWrite => {
  const { values } = toOurs(found, mappingOf(found.entity));
  const agreed = Object.fromEntries(
    Object.entries(write.plan.values).filter(([name, value]) => sameValue(value, values[name])),
  );
  return {
    id: write.id,
    state: "done",
    remoteId: found.remoteId,
    remoteUpdatedAtMs: found.updatedAtMs,
    agreed,
    more: Object.keys(agreed).length < Object.keys(write.plan.values).length,
  };
};

/**
 * Somebody may have changed the same records in the CRM since they were last read, and nobody has told us yet. They are
 * looked at once before they are written; what changed is merged first, so that the policy decides and not the timing.
 */
export const withoutChanged = async (
  { provider, call, mappingOf }: Run,
  batch: readonly Sendable[],
): Promise<{ readonly toSend: readonly Sendable[]; readonly changed: readonly SettledCrmWrite[] }> => {
  const [first] = batch;
  const updates = batch.filter(({ remoteId, attempts }) => remoteId !== null && attempts <= maxLooks);
  if (first === undefined || updates.length === 0) return { toSend: batch, changed: [] };
  const entity = first.entity as CrmEntity;
  const remoteIds = updates.flatMap(({ remoteId }) => remoteId ?? []);
  const { records } = await provider.read({ entity, remoteIds }, call);
  const now = new Map(records.map((record) => [record.remoteId, toOurs(record, mappingOf(entity)).values]));
  const agrees = ({ remoteId, base, held }: Sendable): boolean => {
    const values = now.get(remoteId ?? "");
    return (
      values !== undefined &&
      Object.entries(values).every(([field, value]) => held.includes(field) || sameValue(value, base[field]))
    );
  };
  const moved = new Set(updates.filter((write) => !agrees(write)));
  return {
    toSend: batch.filter((write) => !moved.has(write)),
    changed: [...moved].map(({ id, remoteId }) => ({
      id,
      state: "again",
      remoteId: remoteId ?? undefined,
      delaySeconds: againDelaySeconds,
    })),
  };
};
