import { toOurs } from "@gpt-agent/crm/mapping";
import { sameValue } from "@gpt-agent/crm/merge";
import type { CrmEntity, RemoteRecord, WriteResult } from "@gpt-agent/crm/provider";
import { PermanentError, RetryLaterError } from "@gpt-agent/jobs/errors";
import { crmSync } from "@gpt-agent/jobs/queues/crm-sync";
import type { ClaimedCrmWrite, SettledCrmWrite } from "@gpt-agent/supabase/crm-outbox";
import { planWrite, type PlannedWrite } from "./plan-write.ts";
import type { Run, RunResult } from "./run.ts";

const perClaim = 100;
/** Nothing is sent later than this after the claim; the lease covers the answer and the provider's search lag too. */
const sendWithinMs = 45_000;
const answerMs = 60_000;
const longestDelaySeconds = 600;
const againDelaySeconds = 1;
/** A record that will not keep still is written all the same after so many looks. */
const maxLooks = 3;

type Sendable = ClaimedCrmWrite & { readonly plan: Extract<PlannedWrite, { readonly kind: "send" }> };

/**
 * Sends what waits. A write that may have arrived already is looked for first: by id it is read again and merged, by
 * external id it is searched for. Each record succeeds or fails by itself.
 */
export const push = async (run: Run): Promise<RunResult> => {
  const { ports, key, provider } = run;
  const leaseSeconds = (sendWithinMs + answerMs + provider.searchLagMs) / 1_000;
  let [sent, refused, unclear] = [0, 0, 0];
  for (;;) {
    if (run.outOfTime()) return { more: true, progressed: sent > 0 };
    const claimedAt = ports.now();
    const claimed = await ports.outbox.claim({ ...key, limit: perClaim, leaseSeconds });
    const lease = claimed[0]?.lease;
    if (lease === undefined) break;
    const settle = async (results: readonly SettledCrmWrite[]): Promise<void> => {
      if (results.length === 0) return;
      await ports.outbox.settle({ ...key, lease, results });
      sent += results.filter(({ state }) => state === "done").length;
      refused += results.filter(({ state }) => state === "refused").length;
      unclear += results.filter(({ state }) => state === "unclear").length;
      if (results.some(({ state }) => state === "again")) await run.enqueue(crmSync, { kind: "refetch", ...key });
      const wait = Math.min(...results.map(({ delaySeconds }) => delaySeconds ?? Number.POSITIVE_INFINITY));
      if (Number.isFinite(wait)) await run.enqueue(crmSync, { kind: "push", ...key }, { delayMs: (wait + 1) * 1_000 });
    };
    await writeClaimed(run, claimed, settle, () => ports.now() - claimedAt < sendWithinMs);
  }
  if (sent + refused + unclear > 0) run.log.info("written to the CRM", { sent, refused, unclear });
  return { more: false, progressed: true };
};

type Settle = (results: readonly SettledCrmWrite[]) => Promise<void>;

const writeClaimed = async (
  run: Run,
  claimed: readonly ClaimedCrmWrite[],
  settle: Settle,
  inTime: () => boolean,
): Promise<void> => {
  const open = new Map(claimed.map((write) => [write.id, write]));
  const settleSome = async (results: readonly SettledCrmWrite[]): Promise<void> => {
    await settle(results);
    for (const { id } of results) open.delete(id);
  };
  try {
    const toSend: Sendable[] = [];
    for (const write of claimed) {
      const result = await withoutSending(run, write, inTime);
      if ("state" in result) await settleSome([result]);
      else toSend.push(result);
    }
    for (const batch of batchesOf(toSend, run.provider.maxBatch)) {
      if (!inTime()) break;
      const unchanged = await withoutChanged(run, batch);
      await settleSome(unchanged.changed);
      if (unchanged.toSend.length > 0) await settleSome(await sendBatch(run, unchanged.toSend));
    }
  } finally {
    // An error ends the run; what was not sent goes back to waiting, as it was.
    await settle([...open.values()].map(({ id, unclear }) => ({ id, state: unclear ? "unclear" : "later" })));
  }
};

/** Everything that can be said without sending; otherwise what is to be sent. */
const withoutSending = async (
  run: Run,
  write: ClaimedCrmWrite,
  inTime: () => boolean,
): Promise<SettledCrmWrite | Sendable> => {
  const { id, remoteId, op } = write;
  if (!inTime()) return { id, state: write.unclear ? "unclear" : "later" };
  if (op === "message" && remoteId === null) return sendMessage(run, write);
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

const batchesOf = (writes: readonly Sendable[], maxBatch: number): Sendable[][] => {
  // Creates before updates, one entity per request.
  const groups = Map.groupBy(writes, ({ entity, remoteId }) => `${remoteId === null ? 0 : 1} ${entity}`);
  return [...groups.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, group]) =>
      Array.from({ length: Math.ceil(group.length / maxBatch) }, (_, n) =>
        group.slice(n * maxBatch, (n + 1) * maxBatch),
      ),
    );
};

/**
 * Somebody may have changed the same records in the CRM since they were last read, and nobody has told us yet. They are
 * looked at once before they are written; what changed is merged first, so that the policy decides and not the timing.
 */
const withoutChanged = async (
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

const sendBatch = async ({ provider, call }: Run, batch: readonly Sendable[]): Promise<SettledCrmWrite[]> => {
  const results = await provider
    .write(
      batch.map(({ plan }) => plan.operation),
      call,
    )
    .catch((error: unknown): WriteResult[] => {
      // Refused as a whole or never sent: nothing of it arrived. Anything else: nobody knows.
      if (error instanceof RetryLaterError || error instanceof PermanentError) throw error;
      const message = error instanceof Error ? error.message : "The request broke off.";
      return batch.map(() => ({ state: "unclear", message }));
    });
  return batch.map((write, n): SettledCrmWrite => settled(write, results[n], provider.searchLagMs));
};

const settled = (write: Sendable, result: WriteResult | undefined, searchLagMs: number): SettledCrmWrite => {
  const { id, attempts } = write;
  if (result?.state === "written") {
    const { remoteId, updatedAtMs: remoteUpdatedAtMs } = result;
    const pushed = Object.keys(write.plan.values);
    return { id, state: "done", remoteId, remoteUpdatedAtMs, agreed: write.plan.values, pushed };
  }
  if (result?.state === "refused") {
    return { id, state: "refused", code: result.code, message: result.message };
  }
  if (result?.state === "unsent") {
    return {
      id,
      state: write.unclear ? "unclear" : "later",
      message: result.message,
      delaySeconds: result.delayMs / 1_000,
    };
  }
  // Not before a record that did arrive can be found.
  const backoffSeconds = Math.min(2 ** attempts, longestDelaySeconds);
  const message = result?.message ?? "The CRM gave no result for this record.";
  return {
    id,
    state: "unclear",
    code: "crm_write_unclear",
    message,
    delaySeconds: (write.remoteId === null ? searchLagMs / 1_000 : 0) + backoffSeconds,
  };
};

const sendMessage = async ({ provider, call }: Run, write: ClaimedCrmWrite): Promise<SettledCrmWrite> => {
  const { id, recordId, payload, unclear, sentAt, attempts } = write;
  if (payload === null || provider.sendMessage === undefined) {
    return { id, state: "refused", code: "crm_record_refused", message: "This CRM has no place for messages." };
  }
  const { subject, attachments, ...message } = payload;
  const result = await provider
    .sendMessage(
      {
        ...message,
        ...(subject !== undefined && { subject }),
        ...(attachments !== undefined && { attachments }),
        externalId: recordId,
        ...(unclear && sentAt !== null && { triedSinceMs: Date.parse(sentAt) }),
      },
      call,
    )
    .catch((error: unknown): WriteResult => {
      if (error instanceof RetryLaterError || error instanceof PermanentError) throw error;
      return { state: "unclear", message: error instanceof Error ? error.message : "The request broke off." };
    });
  if (result.state === "written") return { id, state: "done", remoteId: result.remoteId, agreed: write.fields };
  if (result.state === "refused") return { id, state: "refused", code: result.code, message: result.message };
  const delaySeconds = Math.min(2 ** attempts, longestDelaySeconds);
  if (result.state === "unsent")
    return { id, state: unclear ? "unclear" : "later", message: result.message, delaySeconds };
  return { id, state: "unclear", code: "crm_write_unclear", message: result.message, delaySeconds };
};
