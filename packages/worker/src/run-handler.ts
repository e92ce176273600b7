import type { PayloadOf, QueueDefinition } from "@gpt-agent/jobs/define-queue";
import type { Handler, JobContext } from "@gpt-agent/jobs/handler";
import type { ActiveRun } from "./active-runs.ts";
import { ContinuationSignal } from "./run-signals.ts";

export interface HandlerRun<Q extends QueueDefinition> {
  readonly queue: Q;
  readonly handle: Handler<Q>;
  readonly payload: PayloadOf<Q>;
  readonly context: Omit<JobContext, "continue" | "signal">;
  readonly run: ActiveRun;
  readonly abortGraceMs: number;
}

export const toError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));

/**
 * Runs a handler under its queue's timeout and returns what it threw, undefined if nothing. A handler that does not
 * heed its signal is left behind after `abortGraceMs`: its slot is worth more, and fencing tokens refuse its writes.
 */
export const runHandler = async <Q extends QueueDefinition>(parts: HandlerRun<Q>): Promise<Error | undefined> => {
  const { queue, handle, payload, run, abortGraceMs } = parts;
  if (run.abortedBy() !== undefined) return toError(run.signal.reason);
  let continuation: ContinuationSignal | undefined;
  const context: JobContext = {
    ...parts.context,
    get signal() {
      return run.signal;
    },
    continue: ({ progressed, delayMs = 0 }) => {
      continuation = new ContinuationSignal(progressed, delayMs);
      return Promise.reject(continuation);
    },
  };
  const work = async (): Promise<Error | undefined> => {
    try {
      await handle(payload, context);
      // A handler that caught its own continuation still asked for it.
      return continuation;
    } catch (thrown) {
      return toError(thrown);
    }
  };

  return new Promise((resolve) => {
    let grace: NodeJS.Timeout | undefined;
    const timeout = setTimeout(() => run.abort("timeout"), queue.timeoutMs);
    run.onAbort(() => {
      clearTimeout(timeout);
      grace = setTimeout(() => resolve(toError(run.signal.reason)), abortGraceMs);
    });
    void work().then((thrown) => {
      clearTimeout(timeout);
      clearTimeout(grace);
      resolve(thrown);
    });
  });
};
