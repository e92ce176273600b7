import { PermanentError } from "@gpt-agent/jobs/errors";
import type { InboundEvents, LaneId, NewInboundEvent } from "@gpt-agent/supabase/inbound-events";
import { UnavailableError } from "@gpt-agent/supabase/errors";
import { Problem } from "../problem.ts";

interface AcceptorPorts {
  readonly events: Pick<InboundEvents, "accept">;
  /** Lanes that want a job; must not throw and is not waited for. */
  readonly wake: (lanes: readonly LaneId[]) => void;
}

interface AcceptorOptions {
  /** While a transaction is under way for less than this, what arrives gathers for the next one. */
  readonly patienceMs?: number;
  /** Transactions under way at once, all but one of them slow. */
  readonly maxUnderWay?: number;
  readonly maxBatch?: number;
  readonly maxBatchBytes?: number;
  /** Beyond these, senders are asked to come back rather than kept in memory. */
  readonly maxWaiting?: number;
  readonly maxWaitingBytes?: number;
  /** No sender waits longer for an answer; what is stored after that is recognised when it is sent again. */
  readonly timeoutMs?: number;
}

interface Waiting {
  readonly events: readonly NewInboundEvent[];
  readonly bytes: number;
  readonly settle: (outcome: "stored" | "refused" | Error) => void;
  /** Answered already: not worth storing on its behalf. */
  isOver: boolean;
}

const unavailable = (detail: string, cause?: unknown): Problem =>
  new Problem("database_unavailable", detail, { headers: { "retry-after": "5" }, cause });

/**
 * Group commit: messages of concurrent requests are stored in one transaction. An idle process stores at once; a busy one
 * stores what has gathered while the transaction before was under way, so that the cost of one falls as their number grows.
 * @returns resolves once the request's events are durable, or were so before; `refused` where their source is gone.
 */
export const makeAcceptor = ({ events, wake }: AcceptorPorts, options: AcceptorOptions = {}) => {
  const { patienceMs = 10, maxUnderWay = 4, maxBatch = 200, maxBatchBytes = 4 * 1024 * 1024 } = options;
  const { maxWaiting = 2_000, maxWaitingBytes = 64 * 1024 * 1024, timeoutMs = 4_000 } = options;
  const waiting: Waiting[] = [];
  let waitingBytes = 0;
  let underWay = 0;
  /** The latest one, unless it has shown itself to be slow. */
  let awaited: object | undefined;
  let isScheduled = false;

  /** Once more after a connection that broke or a deadlock: repeating it stores nothing twice. */
  const accept = async (batch: readonly NewInboundEvent[]) => {
    try {
      return await events.accept(batch);
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      return events.accept(batch);
    }
  };

  const store = async (batch: readonly Waiting[]): Promise<void> => {
    try {
      const { refused, wake: lanes } = await accept(batch.flatMap((one) => one.events));
      const positions = new Set(refused);
      let position = 0;
      for (const { events, settle } of batch) {
        const isRefused = events.some((_, index) => positions.has(position + index));
        position += events.length;
        settle(isRefused ? "refused" : "stored");
      }
      if (lanes.length > 0) wake(lanes);
    } catch (error) {
      // What the database refuses for good is one message's fault; the others of its batch have done nothing.
      if (error instanceof PermanentError && batch.length > 1) for (const one of batch) await store([one]);
      else for (const { settle } of batch) settle(error instanceof Error ? error : new Error(String(error)));
    }
  };

  const take = (): Waiting[] => {
    const batch: Waiting[] = [];
    let [count, bytes] = [0, 0];
    for (let next = waiting[0]; next; next = waiting[0]) {
      if (batch.length > 0 && (count + next.events.length > maxBatch || bytes + next.bytes > maxBatchBytes)) break;
      waiting.shift();
      waitingBytes -= next.bytes;
      if (next.isOver) continue;
      batch.push(next);
      count += next.events.length;
      bytes += next.bytes;
    }
    return batch;
  };

  const flush = (): void => {
    isScheduled = false;
    if (awaited !== undefined || underWay >= maxUnderWay) return;
    const batch = take();
    if (batch.length === 0) return;
    awaited = batch;
    underWay += 1;
    const goOn = (): void => {
      if (awaited === batch) awaited = undefined;
      flush();
    };
    const patience = setTimeout(goOn, patienceMs);
    void store(batch).finally(() => {
      clearTimeout(patience);
      underWay -= 1;
      goOn();
    });
  };

  return (events: readonly NewInboundEvent[]): Promise<"stored" | "refused"> =>
    new Promise((resolve, reject) => {
      const bytes = events.reduce((sum, { raw }) => sum + raw.length, 0);
      if (waiting.length >= maxWaiting || waitingBytes + bytes > maxWaitingBytes) {
        reject(unavailable("More messages arrive than can be stored. Send it again."));
        return;
      }
      const settle: Waiting["settle"] = (outcome) => {
        clearTimeout(timer);
        one.isOver = true;
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      };
      const one: Waiting = { events, bytes, settle, isOver: false };
      const timer = setTimeout(
        () => settle(unavailable("The database does not answer in time. Send it again.")),
        timeoutMs,
      );
      waiting.push(one);
      waitingBytes += bytes;
      // Once the requests that came with this one were read.
      if (!isScheduled) setImmediate(flush);
      isScheduled = true;
    });
};
