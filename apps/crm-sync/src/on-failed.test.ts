import type { ErrorCode } from "@gpt-agent/jobs/error-codes";
import { expect, test } from "vitest";
import { makeOnFailed } from "./on-failed.ts";
import type { Ports } from "./ports.ts";

const fail = async (code: ErrorCode, kind: "sync" | "push" = "push") => {
  const calls: string[] = [];
  const connections = {
    stop: async ({ state }: { state: string }) => {
      calls.push(state);
      return true;
    },
    schedule: async ({ nextSyncSeconds }: { nextSyncSeconds?: number }) => {
      calls.push(`again in ${nextSyncSeconds} s`);
    },
  } as unknown as Ports["connections"];
  const payload = { kind, orgId: crypto.randomUUID(), connectionId: crypto.randomUUID() };
  await makeOnFailed({ connections })(payload, { code, message: "почему" });
  return calls;
};

test.each<[ErrorCode, string[]]>([
  ["crm_unauthorized", ["needs_reauth"]],
  ["crm_forbidden", ["suspended"]],
  ["crm_payment_required", ["suspended"]],
  ["conflict", ["suspended"]],
  ["attempts_exhausted", ["degraded"]],
  ["crm_bad_response", ["degraded"]],
  ["stale_lease", []],
  ["tenant_mismatch", []],
])("%s makes of the connection: %j", async (code, state) => {
  expect(await fail(code)).toEqual(state);
});

test("a reading that failed is tried again after a while", async () => {
  expect(await fail("attempts_exhausted", "sync")).toEqual(["degraded", "again in 600 s"]);
});
