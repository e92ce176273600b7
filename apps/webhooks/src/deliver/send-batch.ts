import type { Attempt, Delivery } from "./ports.ts";

/** So many outages in a row end the batch: the breaker in the endpoint's row decides when to go on. */
const outagesToStop = 5;

export interface BatchOptions {
  readonly concurrency: number;
  /** One after another, and none past one that failed. */
  readonly ordered: boolean;
  /** Asked before each delivery: the lease must outlast it. */
  readonly mayStart: () => boolean;
  /** Undefined: cut off by a shutdown; nothing is known of it. */
  readonly sendOne: (delivery: Delivery) => Promise<Attempt | undefined>;
}

/**
 * Sends deliveries in their order, so many at once, until one of the answers says that there is no point in going on.
 * @returns attempts in the order in which they ended; what has none was not tried, or is unknown, and is still due
 */
export const sendBatch = async (
  deliveries: readonly Delivery[],
  { concurrency, ordered, mayStart, sendOne }: BatchOptions,
): Promise<readonly Attempt[]> => {
  const attempts: Attempt[] = [];
  const waiting = deliveries.values();
  let outagesInARow = 0;
  let stopped = false;

  const lane = async (): Promise<void> => {
    // `stopped` first: an iterator that was asked has handed its delivery out.
    while (!stopped && mayStart()) {
      const { value: delivery } = waiting.next();
      if (delivery === undefined) return;
      const attempt = await sendOne(delivery);
      if (attempt === undefined) {
        stopped = true;
        return;
      }
      attempts.push(attempt);
      const { ok, outage, gone, holdMs } = attempt;
      outagesInARow = ok ? 0 : outagesInARow + (outage ? 1 : 0);
      stopped ||= gone || holdMs !== undefined || outagesInARow >= outagesToStop || (ordered && !ok);
    }
  };
  await Promise.all(Array.from({ length: ordered ? 1 : concurrency }, lane));
  return attempts;
};
