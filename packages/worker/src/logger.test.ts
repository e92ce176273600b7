import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { withLogFields } from "./context.ts";
import { makeLogger } from "./logger.ts";
import { logRecord } from "./record.ts";

const capture = () => {
  const lines: Record<string, unknown>[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _, done) => {
      for (const text of chunk.toString().split("\n").filter(Boolean)) lines.push(JSON.parse(text));
      done();
    },
  });
  return { lines, stream };
};

test("a line is one JSON object with time, level, message and fields", () => {
  const { lines, stream } = capture();
  makeLogger("info", { service: "worker" }, stream).info("job", { ms: 3, secret: "hidden" });
  expect(lines).toEqual([
    { time: expect.any(String), level: "info", message: "job", service: "worker", ms: 3, secret: "[redacted]" },
  ]);
});

test("lines inside a job carry its ids, across awaits and not beyond it", async () => {
  const { lines, stream } = capture();
  const log = makeLogger("info", {}, stream);
  await withLogFields({ jobId: "7", orgId: "o" }, async () => {
    await Promise.resolve();
    log.warn("inside");
  });
  log.info("outside");
  expect(lines[0]).toMatchObject({ message: "inside", jobId: "7", orgId: "o" });
  expect(lines[1]).not.toHaveProperty("jobId");
});

test("what is below the level is not written, and a field cannot break the line", () => {
  const { lines, stream } = capture();
  const log = makeLogger("warn", {}, stream);
  log.info("quiet");
  log.error("Ошибка\nв две строки", { error: new Error("sk-or-v1-0123456789abcdef0123") });
  expect(lines).toHaveLength(1);
  expect(JSON.stringify(lines)).not.toContain("sk-or-v1");
});

test("a job that completed: the same line as the logger would write, in its place among the others", async () => {
  const { lines, stream } = capture();
  const log = makeLogger("info", { service: "notes" }, stream);
  const record = { queue: "notes", jobId: 'a"7', orgId: "o", attempt: 2, waitMs: 1, ms: 3 };
  logRecord(log, { ...record, outcome: { state: "completed" } });
  log.info("after it");
  logRecord(log, { ...record, outcome: { state: "handedBack" } });
  logRecord(log, { ...record, outcome: { state: "completed" } });
  await expect.poll(() => lines).toHaveLength(4);
  const { waitMs: _, ...said } = record;
  const line = { time: expect.any(String), level: "info", message: "job", service: "notes", ...said };
  expect(lines[0]).toEqual({ ...line, outcome: "completed" });
  expect(lines[1]).toMatchObject({ message: "after it" });
  expect(lines[2]).toEqual({ ...line, outcome: "handedBack" });
  logRecord(makeLogger("warn", {}, stream), { ...record, outcome: { state: "completed" } });
  await new Promise(setImmediate);
  expect(lines).toHaveLength(4);
});
