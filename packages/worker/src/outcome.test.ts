import { embeddings } from "@gpt-agent/jobs/queues/embeddings";
import { PermanentError, RetryLaterError } from "@gpt-agent/jobs/errors";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decideOutcome, type Ending, historyAfter, newHistory, type Outcome, poisonError } from "./outcome.ts";
import { type AbortCause, ContinuationSignal, JobAbortedError } from "./run-signals.ts";
import { defaultLimits } from "./tuning.ts";

const decide = (thrown: Error | undefined, more: Partial<Ending> = {}): Outcome =>
  decideOutcome({
    queue: embeddings,
    attempt: 1,
    attempts: 5,
    history: newHistory,
    limits: defaultLimits,
    abortedBy: undefined,
    random: 0,
    thrown,
    ...more,
  });
const permanentError = new PermanentError("file_bomb", "too much");
const putOff = (delayMs: number) => new RetryLaterError(delayMs, "ai_rate_limited", "slow down");

describe("decideOutcome", () => {
  test.each<[string, Error | undefined, Partial<Ending>, object]>([
    ["returned", undefined, {}, { state: "completed" }],
    ["returned although aborted", undefined, { abortedBy: "shutdown" }, { state: "completed" }],
    ["threw", new Error("x"), {}, { state: "retry", code: "unexpected_error", delayMs: 1_000 }],
    ["threw for the last time", new Error("x"), { attempt: 5 }, { state: "permanent", code: "attempts_exhausted" }],
    ["timed out", new Error("x"), { abortedBy: "timeout" }, { state: "retry", code: "timeout" }],
    ["timed out last", new Error("x"), { abortedBy: "timeout", attempt: 5 }, { state: "permanent", code: "timeout" }],
    ["permanent", permanentError, {}, { state: "permanent", code: "file_bomb", message: "too much" }],
    ["put off", putOff(7_000), {}, { state: "retryLater", code: "ai_rate_limited", delayMs: 7_000 }],
    ["put off on the last attempt", putOff(7_000), { attempt: 5 }, { state: "retryLater" }],
    ["continued", new ContinuationSignal(true, 5), {}, { state: "continued", progressed: true, delayMs: 5 }],
    ["continued while stopping", new ContinuationSignal(true, 0), { abortedBy: "shutdown" }, { state: "continued" }],
    ["stopped", new JobAbortedError("shutdown"), { abortedBy: "shutdown" }, { state: "handedBack" }],
    ["stopped, last attempt", new Error("x"), { abortedBy: "shutdown", attempt: 5 }, { state: "handedBack" }],
    ["a stop that looks permanent", permanentError, { abortedBy: "shutdown" }, { state: "handedBack" }],
    ["lost its lock", permanentError, { abortedBy: "lockLost" }, { state: "lockLost" }],
  ])("%s", (_, thrown, more, expected) => expect(decide(thrown, more)).toMatchObject(expected));

  test("a message never decides", () => {
    expect(decide(new Error("PermanentError: file_bomb")).state).toBe("retry");
  });

  test("a put-off is never earlier than asked, at most a tenth later, and bounded whatever is asked", () => {
    fc.assert(
      fc.property(fc.double(), fc.double({ min: 0, max: 1, noNaN: true }), (delayMs, random) => {
        const outcome = decide(putOff(delayMs), { random });
        if (outcome.state !== "retryLater") throw new Error(outcome.state);
        expect(outcome.delayMs).toBeGreaterThanOrEqual(Math.min(Math.max(delayMs || 0, 0), 86_400_000));
        expect(outcome.delayMs).toBeLessThanOrEqual(86_400_000);
        if (delayMs > 0) expect(outcome.delayMs).toBeLessThanOrEqual(Math.ceil(delayMs * 1.1));
      }),
    );
  });
});

describe("a job's history", () => {
  /** Runs a job against a script of errors until it ends. */
  const play = (script: (index: number) => Error | undefined): { runs: number; last: Outcome } => {
    let history = newHistory;
    for (let runs = 1; ; runs += 1) {
      const last = decide(script(runs), { history });
      if (last.state === "completed" || last.state === "permanent") return { runs, last };
      history = historyAfter(history, last);
    }
  };

  test("put-offs end after their limit", () => {
    const { runs, last } = play(() => putOff(1));
    expect(runs).toBe(defaultLimits.putOffs + 1);
    expect(last).toMatchObject({ code: "retry_later_exhausted" });
  });

  test("continuations without progress end after their limit, also with put-offs between them", () => {
    const idle = new ContinuationSignal(false, 0);
    expect(play(() => idle).runs).toBe(defaultLimits.idleContinuations + 1);
    expect(play((run) => (run % 2 === 0 ? putOff(1) : idle)).last).toMatchObject({ code: "no_progress" });
  });

  test("progress ends both rows", () => {
    const { last } = play((run) => {
      if (run === 5_000) return undefined;
      return run % 8 === 0
        ? new ContinuationSignal(true, 0)
        : run % 2 === 0
          ? putOff(1)
          : new ContinuationSignal(false, 0);
    });
    expect(last.state).toBe("completed");
  });

  test("any outcome ends a row of kills; losing the lock is none", () => {
    const killed = { ...newHistory, kills: defaultLimits.kills - 1 };
    const causes: [Error, AbortCause | undefined][] = [
      [new Error("x"), undefined],
      [putOff(1), undefined],
      [new ContinuationSignal(false, 0), undefined],
      [new Error("x"), "shutdown"],
      [new Error("x"), "timeout"],
    ];
    for (const [thrown, abortedBy] of causes) {
      expect(historyAfter(killed, decide(thrown, { abortedBy, history: killed })).kills).toBe(0);
    }
    const lost = decide(new Error("x"), { abortedBy: "lockLost" });
    expect(historyAfter(killed, lost)).toEqual(killed);
  });

  test("ten kills are poison, nine are not", () => {
    expect(poisonError({ ...newHistory, kills: 9 }, defaultLimits)).toBeUndefined();
    expect(poisonError({ ...newHistory, kills: 10 }, defaultLimits)).toMatchObject({ code: "poison" });
  });
});
