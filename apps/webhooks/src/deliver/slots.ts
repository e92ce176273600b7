/** An endpoint whose attempts take longer than this on average is slow. */
const slowAboveMs = 2_000;
const maxRemembered = 10_000;

/**
 * Which endpoints may take a slot of this process now. A job waits for its endpoint's answers, so endpoints that answer
 * slowly would in time hold every slot; together they get a quarter of them. How fast an endpoint is, each process
 * learns from its own attempts.
 */
export interface Slots {
  /** Undefined: the endpoint is slow, and the slow ones have their share already. Call what it returns when done. */
  enter(endpointId: string): (() => void) | undefined;
  note(endpointId: string, ms: number): void;
}

export const makeSlots = (count: number): Slots => {
  const averageMs = new Map<string, number>();
  const slowSlots = Math.max(1, Math.floor(count / 4));
  let slowTaken = 0;
  return {
    enter(endpointId) {
      if ((averageMs.get(endpointId) ?? 0) <= slowAboveMs) return () => {};
      if (slowTaken >= slowSlots) return undefined;
      slowTaken += 1;
      return () => {
        slowTaken -= 1;
      };
    },
    note(endpointId, ms) {
      const before = averageMs.get(endpointId) ?? ms;
      averageMs.delete(endpointId);
      averageMs.set(endpointId, before * 0.8 + ms * 0.2);
      const oldest = averageMs.size > maxRemembered ? averageMs.keys().next().value : undefined;
      if (oldest !== undefined) averageMs.delete(oldest);
    },
  };
};
