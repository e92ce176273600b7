import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Answer,
  type Attempted,
  decide,
  maxRetryAfterMs,
  parseRetryAfter,
  retryAfterFailureMs,
} from "./decide.ts";

const nowMs = Date.UTC(2026, 10, 24);
const attempted = (answer: Answer, more: Partial<Attempted> = {}): Attempted => ({
  before: 0,
  probing: false,
  answer,
  nowMs,
  random: 0.5,
  ...more,
});

const answer = fc.oneof(
  fc.record({ status: fc.integer({ min: 100, max: 599 }), retryAfter: fc.option(fc.string(), { nil: undefined }) }),
  fc.record({ status: fc.integer({ min: 100, max: 599 }), retryAfter: fc.nat().map(String) }),
  fc.constantFrom<Answer>({ status: null, code: "egress_failed" }, { status: null, code: "egress_refused" }),
);
const random = fc.double({ min: 0, max: 1, noNaN: true });

test("2xx is delivered and nothing else is", () => {
  fc.assert(
    fc.property(answer, fc.integer({ min: 0, max: 9 }), fc.boolean(), random, (answer, before, probing, random) => {
      const decision = decide({ before, probing, answer, nowMs, random });
      const arrived = answer.status !== null && answer.status >= 200 && answer.status < 300;
      expect(decision.ok).toBe(arrived);
      expect(decision.state === "delivered").toBe(arrived);
      expect(decision.errorCode === null).toBe(arrived);
      if (decision.ok) expect(decision.outage || decision.gone || decision.holdMs !== undefined).toBe(false);
    }),
  );
});

test("whatever the answers, a delivery that never arrives ends after exactly ten attempts, about 75 hours", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(answer, random), { minLength: 10, maxLength: 10 }), (answers) => {
      let before = 0;
      let waitedMs = 0;
      const states = answers.map(([answer, random]) => {
        const failing = answer.status !== null && answer.status < 300 ? { status: 500 } : answer;
        const decision = decide({ before, probing: false, answer: failing, nowMs, random });
        expect(decision.attempt).toBe(before + 1);
        const scheduledMs = retryAfterFailureMs[before] ?? 0;
        before = decision.attempt;
        const { nextInMs = 0, holdMs = 0 } = decision;
        waitedMs += nextInMs;
        if (decision.state === "retry_wait") {
          expect(nextInMs).toBeGreaterThanOrEqual(scheduledMs * 0.8 - 1);
          expect(nextInMs).toBeLessThanOrEqual(Math.max(scheduledMs * 1.2, maxRetryAfterMs) + 1);
          expect(nextInMs).toBeGreaterThanOrEqual(holdMs);
        }
        return decision.state;
      });
      expect(states).toEqual([...Array.from({ length: 9 }, () => "retry_wait"), "exhausted"]);
      expect(waitedMs).toBeGreaterThan(60 * 3_600_000);
    }),
  );
  expect(retryAfterFailureMs.reduce((sum, ms) => sum + ms, 0) / 3_600_000).toBeCloseTo(75.6, 1);
});

test("a probe spends no attempt and never ends a delivery", () => {
  fc.assert(
    fc.property(answer, fc.integer({ min: 0, max: 9 }), random, (answer, before, random) => {
      const decision = decide({ before, probing: true, answer, nowMs, random });
      expect(decision.attempt).toBe(before);
      expect(decision.state).not.toBe("exhausted");
    }),
  );
});

test.each([
  [{ status: 301 }, { state: "retry_wait", outage: false, errorCode: "endpoint_failed" }],
  [{ status: 404 }, { outage: false, gone: false }],
  [{ status: 410 }, { outage: false, gone: true }],
  [
    { status: 422, retryAfter: "60" },
    { outage: false, nextInMs: 60_000 },
  ],
  [
    { status: 429, retryAfter: "3600" },
    { outage: true, nextInMs: 3_600_000, holdMs: 3_600_000 },
  ],
  [
    { status: 503, retryAfter: "Tue, 24 Nov 2026 01:00:00 GMT" },
    { outage: true, holdMs: 3_600_000 },
  ],
  [{ status: 503 }, { outage: true, nextInMs: 5_000 }],
  [
    { status: null, code: "egress_failed" },
    { outage: true, errorCode: "egress_failed" },
  ],
] as const)("%j", (answer, expected) => {
  expect(decide(attempted(answer))).toMatchObject(expected);
});

test.each([
  ["120", 120_000],
  [" 1 ", 1_000],
  ["999999999", maxRetryAfterMs],
  ["0", undefined],
  ["-5", undefined],
  ["1.5", undefined],
  ["soon", undefined],
  ["Mon, 23 Nov 2026 23:59:59 GMT", undefined],
  ["", undefined],
  [undefined, undefined],
])("Retry-After %j", (value, expected) => {
  expect(parseRetryAfter(value, nowMs)).toBe(expected);
});
