import { createHash } from "node:crypto";
import { PermanentError, RetryLaterError } from "@gpt-agent/jobs/errors";
import type { Enqueue, Handler } from "@gpt-agent/jobs/handler";
import type { intake } from "@gpt-agent/jobs/queues/intake";
import type { Idempotency } from "@gpt-agent/supabase/idempotency";
import { type CrmIntakePorts, sendMessage, syncCrm, takeWebhook } from "./crm.ts";
import { type DocumentIntakePorts, extractGraph, processAsset } from "./documents.ts";
import { type LegacyJob, orgIdOfLegacy, readLegacyJob } from "./legacy-jobs.ts";

export type IntakePorts = DocumentIntakePorts & CrmIntakePorts & { readonly idempotency: Idempotency };

const leaseSeconds = 120;
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

const dispatch = async (ports: IntakePorts, enqueue: Enqueue, job: LegacyJob, key: string): Promise<void> => {
  switch (job.name) {
    case "process-asset":
      return processAsset(ports, enqueue, job.data, key);
    case "extract-knowledge-graph":
      return extractGraph(ports, enqueue, job.data, key);
    case "crm:sync-pipelines":
    case "kommo:sync-pipelines":
    case "crm:sync-contacts":
      return syncCrm(ports, enqueue, job.data);
    case "kommo:send-message":
      return sendMessage(ports, enqueue, job.data, key);
    case "kommo:webhook":
      return takeWebhook(ports, enqueue, job.data, key);
  }
};

/**
 * Old producers' jobs: first the row that each is about, then the job that works on it. A job that is delivered twice is
 * done once: what was done is kept by the job's id and the time it was added, as a platform may use an id again.
 */
export const makeIntake =
  (ports: IntakePorts): Handler<typeof intake> =>
  async ({ name, data, addedAtMs = 0 }, { jobId, log, enqueue }) => {
    const job = readLegacyJob(name, data);
    const orgId = orgIdOfLegacy(job);
    const key = sha256(`${jobId} ${addedAtMs}`);
    const requestSha256 = sha256(JSON.stringify([name, data]));

    const begun = await ports.idempotency.begin({ orgId, key: `intake-${key}`, requestSha256, leaseSeconds });
    if (begun.outcome === "replay") return log.info("an old producer's job was done before", { name });
    if (begun.outcome === "running") {
      throw new RetryLaterError(5_000, "unexpected_error", "This job is being taken by another process.");
    }
    if (begun.outcome === "conflict")
      throw new PermanentError("conflict", "A job of this id asked for something else.");

    const place = { orgId, key: `intake-${key}`, lease: begun.lease };
    try {
      await dispatch(ports, enqueue, job, key);
    } catch (error) {
      await ports.idempotency.release(place).catch(() => {});
      throw error;
    }
    await ports.idempotency.end({ ...place, status: 200, answer: "" });
    log.info("an old producer's job was taken", { name, orgId });
  };
