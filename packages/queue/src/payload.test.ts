import { defineQueue } from "@gpt-agent/jobs/define-queue";
import { PermanentError } from "@gpt-agent/jobs/errors";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { checkPayload, dedupeKey, maxPayloadBytes } from "./payload.ts";

const notes = defineQueue({
  name: "notes",
  payload: z.object({ orgId: z.uuid(), note: z.string(), times: z.int().default(1) }),
  attempts: 1,
  backoff: { delayMs: 1, maxDelayMs: 1, jitter: 0 },
  timeoutMs: 1_000,
  dedupe: ({ note }) => note,
});
const orgId = "5b0e8f0e-6c9d-4d7e-9d3e-0a1b2c3d4e5f";

describe("checkPayload", () => {
  test("fills in defaults", () => {
    expect(checkPayload(notes, { orgId, note: "a" })).toEqual({ orgId, note: "a", times: 1 });
  });

  test("names the field that does not match, not its value", () => {
    const check = () => checkPayload(notes, { orgId: "secret-looking", note: "a" });
    expect(check).toThrow(PermanentError);
    expect(check).toThrow(/queue notes.*orgId/);
    expect(check).not.toThrow(/secret-looking/);
  });

  test("counts bytes, not characters", () => {
    const overhead = Buffer.byteLength(JSON.stringify({ orgId, note: "", times: 1 }));
    const fits = "я".repeat(Math.floor((maxPayloadBytes - overhead) / 2));
    expect(checkPayload(notes, { orgId, note: fits }).note).toBe(fits);
    expect(() => checkPayload(notes, { orgId, note: `${fits}яя` })).toThrow(/8192 are allowed/);
  });
});

test("a dedupe key never crosses organisations", () => {
  const key = (org: string) => dedupeKey(notes, { orgId: org, note: "same", times: 1 });
  expect(key(orgId)).not.toBe(key("6c1f9a1f-7dae-4e8f-8e4f-1b2c3d4e5f60"));
});
