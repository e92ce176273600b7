import type { Log } from "@gpt-agent/jobs/handler";
import type { Outcome } from "./outcome.ts";

/** One run of one job, as the log line and the metrics tell it. */
export interface JobRecord {
  readonly queue: string;
  readonly jobId: string;
  readonly orgId: string | undefined;
  readonly attempt: number;
  /** From when it was due until a worker took it. */
  readonly waitMs: number;
  readonly ms: number;
  readonly outcome: Outcome;
}

/** The one line per run of a job. */
export const logRecord = (log: Log, { queue, jobId, orgId, attempt, ms, outcome }: JobRecord): void => {
  const fields = { queue, jobId, orgId, attempt, ms, outcome: outcome.state };
  switch (outcome.state) {
    case "permanent":
      return log.error("job", { ...fields, code: outcome.code, error: outcome.error });
    case "retry":
      return log.warn("job", { ...fields, code: outcome.code, delayMs: outcome.delayMs, error: outcome.error });
    case "retryLater":
      return log.info("job", {
        ...fields,
        code: outcome.code,
        delayMs: outcome.delayMs,
        reason: outcome.error.message,
      });
    case "lockLost":
      return log.warn("job", fields);
    case "completed":
    case "continued":
    case "handedBack":
      return log.info("job", fields);
  }
};
