import fc from "fast-check";
import { expect, test } from "vitest";
import type { Attempt } from "./ports.ts";
import { sendBatch } from "./send-batch.ts";

type Answer = "ok" | "refused" | "outage" | "gone" | "hold" | "cut";

const attemptOf = (deliveryId: string, answer: Answer): Attempt | undefined =>
  answer === "cut"
    ? undefined
    : {
        deliveryId,
        state: answer === "ok" ? "delivered" : "retry_wait",
        attempt: 1,
        startedAt: "",
        ms: 1,
        status: 200,
        errorCode: null,
        headers: null,
        body: null,
        truncated: false,
        address: null,
        ok: answer === "ok",
        outage: answer === "outage" || answer === "hold",
        gone: answer === "gone",
        ...(answer === "hold" && { holdMs: 1_000 }),
      };

/** Answers come in the order of their turns, not of their requests. */
const play = async (answers: readonly (readonly [Answer, number])[], concurrency: number, ordered: boolean) => {
  const started: string[] = [];
  const ended: string[] = [];
  let inFlight = 0;
  let most = 0;
  const deliveries = answers.map((_, n) => ({ id: String(n), messageId: "", attempt: 0, body: "" }));
  const attempts = await sendBatch(deliveries, {
    concurrency,
    ordered,
    mayStart: () => true,
    sendOne: async ({ id }) => {
      started.push(id);
      most = Math.max(most, (inFlight += 1));
      const [answer, turns] = answers[Number(id)] ?? (["ok", 0] as const);
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      inFlight -= 1;
      const attempt = attemptOf(id, answer);
      if (attempt) ended.push(id);
      return attempt;
    },
  });
  return { attempts, started, ended, most };
};

const turns = fc.integer({ min: 0, max: 20 });
const anyAnswers = fc.array(
  fc.tuple(fc.constantFrom<Answer>("ok", "ok", "refused", "outage", "gone", "hold", "cut"), turns),
  { maxLength: 40 },
);

test("never more at once than allowed, each at most once, in the order of the claim; the log follows the answers", async () => {
  await fc.assert(
    fc.asyncProperty(anyAnswers, fc.integer({ min: 1, max: 8 }), async (answers, concurrency) => {
      const { attempts, started, ended, most } = await play(answers, concurrency, false);
      expect(most).toBeLessThanOrEqual(concurrency);
      expect(started).toEqual(started.map((_, n) => String(n)));
      expect(attempts.map(({ deliveryId }) => deliveryId)).toEqual(ended);
    }),
  );
});

test("ordered: nothing is sent past a failure", async () => {
  await fc.assert(
    fc.asyncProperty(anyAnswers, async (answers) => {
      const { started, most } = await play(answers, 8, true);
      const firstFailure = answers.findIndex(([answer]) => answer !== "ok");
      expect(started).toHaveLength(firstFailure === -1 ? answers.length : firstFailure + 1);
      expect(most).toBeLessThanOrEqual(1);
    }),
  );
});

test("an endpoint that takes everything gets everything", async () => {
  const answers = Array.from({ length: 25 }, (_, n) => ["ok", n % 7] as const);
  expect((await play(answers, 4, false)).attempts).toHaveLength(25);
});

test.each([
  ["five outages in a row", Array.from({ length: 20 }, (): [Answer, number] => ["outage", 1]), 5],
  [
    "a request to wait",
    [
      ["ok", 1],
      ["hold", 1],
      ["ok", 1],
    ] as [Answer, number][],
    2,
  ],
  [
    "a farewell",
    [
      ["gone", 1],
      ["ok", 1],
    ] as [Answer, number][],
    1,
  ],
  [
    "a shutdown",
    [
      ["ok", 1],
      ["cut", 1],
      ["ok", 1],
    ] as [Answer, number][],
    2,
  ],
])("%s ends the batch", async (_, answers, tried) => {
  expect((await play(answers, 1, false)).started).toHaveLength(tried);
});

test("refusals of single messages do not", async () => {
  const answers = Array.from({ length: 20 }, (): [Answer, number] => ["refused", 1]);
  expect((await play(answers, 1, false)).started).toHaveLength(20);
});

test("nothing starts once the lease could end before it", async () => {
  let left = 3;
  const attempts = await sendBatch(
    Array.from({ length: 10 }, (_, n) => ({ id: String(n), messageId: "", attempt: 0, body: "" })),
    {
      concurrency: 2,
      ordered: false,
      mayStart: () => (left -= 1) >= 0,
      sendOne: async ({ id }) => attemptOf(id, "ok"),
    },
  );
  expect(attempts).toHaveLength(3);
});
