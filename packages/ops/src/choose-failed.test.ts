import { expect, test } from "vitest";
import { chooseFailed, momentOf } from "./choose-failed.ts";
import { UsageError } from "./command.ts";

const job = (jobId: string, code: string, failedAt: string) => {
  return {
    jobId,
    code,
    failedAt,
    orgId: undefined,
    payload: { documentId: `doc-${jobId}` },
    message: "Нет ключа",
    attemptsMade: 5,
  };
};
const jobs = [job("1", "file_corrupt", "2026-11-24T10:00:00Z"), job("2", "ai_unauthorized", "2026-11-24T12:00:00Z")];
const idsOf = (choice: Parameters<typeof chooseFailed>[1]) => chooseFailed(jobs, choice).map(({ jobId }) => jobId);

test("jobs are chosen by when they failed and by what they say", () => {
  expect(idsOf({})).toEqual(["1", "2"]);
  expect(idsOf({ sinceMs: Date.parse("2026-11-24T11:00:00Z") })).toEqual(["2"]);
  expect(idsOf({ match: "FILE_" })).toEqual(["1"]);
  expect(idsOf({ match: "нет ключа" })).toEqual(["1", "2"]);
  expect(idsOf({ match: "doc-2" })).toEqual(["2"]);
});

test("a span counts back from now; nonsense is a wrong command line", () => {
  expect(momentOf("2h", 10_000_000)).toBe(2_800_000);
  expect(momentOf("2026-11-24T12:00:00Z", 0)).toBe(Date.parse("2026-11-24T12:00:00Z"));
  expect(() => momentOf("lately", 0)).toThrow(UsageError);
});
