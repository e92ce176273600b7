import type { ProcessLog } from "./logger.ts";
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
  /** Of the HTTP request that caused it, if one did. */
  readonly requestId?: string;
  readonly traceId?: string;
}

/**
 * The line of a job that completed, as the logger would write it, put together by hand: there may be thousands a second,
 * and ids that passed a schema hold nothing to redact.
 */
const completedLine = ({ queue, jobId, orgId, attempt, ms, requestId, traceId }: JobRecord): string => {
  const ids = `"jobId":${JSON.stringify(jobId)},"orgId":${JSON.stringify(orgId ?? null)}`;
  const head = `"time":"${new Date().toISOString()}","level":"info","message":"job","service":"${queue}"`;
  const trace = requestId === undefined ? "" : `"requestId":${JSON.stringify(requestId)},"traceId":"${traceId}",`;
  return `{${head},"queue":"${queue}",${ids},${trace}"attempt":${attempt},"ms":${ms},"outcome":"completed"}`;
};

/** The one line per run of a job. */
export const logRecord = (log: ProcessLog, record: JobRecord): void => {
  const { queue, jobId, orgId, attempt, ms, outcome } = record;
  if (outcome.state === "completed" && log.plain !== undefined) return log.plain(completedLine(record));
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
