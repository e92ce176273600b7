import { redactText } from "@gpt-agent/jobs/redact";
import { behindRound, frontOfLane } from "@gpt-agent/queue/turns";
import { DelayedError, type Job, UnrecoverableError, WaitingError, type Worker } from "bullmq";
import type { Redis } from "ioredis";
import { type History, historyAfter, newHistory, type Outcome } from "./outcome.ts";

/** What our runs keep on a job, beside BullMQ's own fields of its hash. `stc` is BullMQ's count of lost locks. */
interface KeptFields {
  readonly putOffs: number;
  readonly idleContinuations: number;
  readonly stc: number;
  /** When the job was last made ready to run, in ms since 1970. */
  readonly due: number;
}

export interface JobPast {
  readonly history: History;
  readonly dueMs: number;
}

/** Where a job's past is read and its outcome written. */
export interface JobStore {
  past(job: Job): Promise<JobPast>;
  /** The job got somewhere: a row of kills ends here. */
  forgiveKills(job: Job): Promise<void>;
  /**
   * Writes the outcome. Throws what tells BullMQ how to go on: it alone completes and fails jobs; all else is done
   * here, in one atomic step with the counters, and BullMQ is told to leave the job alone.
   */
  settle(job: Job, token: string | undefined, outcome: Outcome, history: History): Promise<void>;
}

const maxReasonChars = 1_000;
const maxStackChars = 4_000;

const whole = (value: string | null | undefined): number => Number(value) || 0;

/** @param fair the queue's jobs take turns, see packages/queue/src/turns.ts */
export const makeJobStore = (redis: Redis, worker: () => Worker, fair: boolean): JobStore => {
  const keep = (history: History, dueMs: number): KeptFields => {
    return { putOffs: history.putOffs, idleContinuations: history.idleContinuations, stc: history.kills, due: dueMs };
  };

  return {
    past: async (job) => {
      const bornMs = job.timestamp + (job.opts.delay ?? 0);
      // Most jobs run once and have no past: they cost no extra round trip.
      if (job.attemptsStarted <= 1) return { history: newHistory, dueMs: bornMs };
      const key = worker().toKey(String(job.id));
      const [putOffs, idle, due] = await redis.hmget(key, "putOffs", "idleContinuations", "due");
      return {
        history: { putOffs: whole(putOffs), idleContinuations: whole(idle), kills: job.stalledCounter },
        dueMs: whole(due) || bornMs,
      };
    },

    forgiveKills: async (job) => {
      await redis.hset(worker().toKey(String(job.id)), "stc", 0);
    },

    settle: async (job, token, outcome, before) => {
      const history = historyAfter(before, outcome);
      const id = String(job.id);
      const key = worker().toKey(id);
      /** Who has had its turn comes back in front of its lane; who goes on for long lets the others go between. */
      const turn = async (): Promise<{ readonly priority?: number }> => {
        const { priority } = job.opts;
        if (!fair || !priority) return {};
        if (outcome.state !== "continued") return { priority: frontOfLane(priority) };
        return { priority: await behindRound(redis, worker().toKey(""), priority) };
      };
      const comeBack = async (delayMs: number, skipAttempt: boolean, error?: Error): Promise<never> => {
        const now = Date.now();
        const reason =
          error === undefined
            ? {}
            : {
                failedReason: redactText(error.message).slice(0, maxReasonChars),
                stacktrace: JSON.stringify([redactText(error.stack ?? "").slice(0, maxStackChars)]),
              };
        const fieldsToUpdate = { ...keep(history, now + delayMs), ...reason, ...(await turn()) };
        await worker().backend.moveToDelayed(id, now, delayMs, token, { skipAttempt, fieldsToUpdate });
        throw new DelayedError();
      };

      switch (outcome.state) {
        case "completed":
          break;
        case "retry":
          await comeBack(outcome.delayMs, false, outcome.error);
          break;
        case "retryLater":
          await comeBack(outcome.delayMs, true, outcome.error);
          break;
        case "continued":
          await comeBack(outcome.delayMs, true);
          break;
        case "handedBack":
          await redis.hset(key, keep(history, Date.now()));
          await job.moveToWait(token);
          throw new WaitingError();
        case "lockLost":
          throw new WaitingError();
        case "permanent": {
          if (before !== newHistory) await redis.hset(key, keep(history, Date.now()));
          const reason = redactText(`${outcome.code}: ${outcome.message}`).slice(0, maxReasonChars);
          const failure = new UnrecoverableError(reason);
          failure.stack = redactText(outcome.error.stack ?? reason).slice(0, maxStackChars);
          throw failure;
        }
      }
    },
  };
};
