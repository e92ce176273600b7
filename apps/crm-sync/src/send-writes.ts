import type { WriteResult } from "@gpt-agent/crm/provider";
import { PermanentError, RetryLaterError } from "@gpt-agent/jobs/errors";
import type { ClaimedCrmWrite, SettledCrmWrite } from "@gpt-agent/supabase/crm-outbox";
import type { Sendable } from "./before-sending.ts";
import type { Run } from "./run.ts";

const longestDelaySeconds = 600;

/** How each record of a batch came out, as the outbox keeps it. @throws what stopped it before anything was stored */
export const sendBatch = async ({ provider, call }: Run, batch: readonly Sendable[]): Promise<SettledCrmWrite[]> => {
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

/** A message goes by itself: where messages are shown is the provider's own affair. */
export const sendMessage = async ({ provider, call }: Run, write: ClaimedCrmWrite): Promise<SettledCrmWrite> => {
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
