import type { ErrorCode } from "@gpt-agent/jobs/error-codes";
import type { Connection } from "./ports.ts";

export const stopsForAPerson = (state: Connection["state"]): boolean =>
  state === "needs_reauth" || state === "suspended";

/** Only a person can help: rights, payment, another account, an address that may not be reached. */
const suspending: ReadonlySet<ErrorCode> = new Set([
  "crm_forbidden",
  "crm_payment_required",
  "conflict",
  "egress_refused",
]);

/** What a failed job makes of its connection. */
export const stateAfter = (code: ErrorCode): "needs_reauth" | "suspended" | "degraded" => {
  if (code === "crm_unauthorized") return "needs_reauth";
  return suspending.has(code) ? "suspended" : "degraded";
};
