import type { ErrorCode } from "@gpt-agent/jobs/error-codes";
import { PermanentError, RetryLaterError } from "@gpt-agent/jobs/errors";
import { redactText } from "@gpt-agent/jobs/redact";
import type { Refusal } from "./api-call.ts";

/** The CRM or the way to it is broken for now; a plain error for the runtime, so the job is retried. */
export class CrmUnavailableError extends Error {
  override name = "CrmUnavailableError";
  readonly code: ErrorCode = "crm_unavailable";
}

/**
 * A write was sent and its answer is lost (time-out, broken connection, 5xx, cut or unreadable body): it may be stored.
 * Search by external id before it is sent again. `write` of a provider turns it into results `unclear`.
 */
export class WriteUnclearError extends Error {
  override name = "WriteUnclearError";
  readonly code: ErrorCode = "crm_write_unclear";
}

const defaultRetryMs = 2_000;
const longestRetryMs = 24 * 3_600_000;
const longestSaid = 300;

/** A provider's words for rows and logs: one line, short, without anything that looks like a secret. */
export const tidySaid = (said: string, secrets: readonly string[] = []): string => {
  let text = said.replace(/\s+/gu, " ").trim();
  for (const secret of secrets) if (secret.length >= 6) text = text.replaceAll(secret, "[redacted]");
  return redactText(text).slice(0, longestSaid);
};

/** What a status means where the provider's dialect does not know better; undefined for a success. */
export const refusalByStatus = (status: number): Refusal["kind"] | undefined => {
  if (status >= 200 && status < 300) return undefined;
  if (status === 401) return "unauthorized";
  if (status === 402) return "payment_required";
  if (status === 403) return "forbidden";
  if (status === 404 || status === 410) return "not_found";
  if (status === 429) return "rate_limited";
  if (status >= 500 || status === 408) return "unavailable";
  return "bad_request";
};

/** `Retry-After` in ms (seconds or a date), at most a day; undefined where it is absent or nonsense. */
export const retryAfterMs = (
  headers: Readonly<Record<string, string | undefined>>,
  nowMs: number,
): number | undefined => {
  const value = headers["retry-after"]?.trim();
  if (value === undefined || value === "") return undefined;
  const seconds = Number(value);
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(value) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), longestRetryMs);
};

export interface RefusedCall {
  readonly title: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly effect: "read" | "write";
}

/** The error whose class decides what becomes of the job; `said` must be tidy already. */
export const refusalError = (call: RefusedCall, refusal: Refusal): Error => {
  const { title, method, path, status } = call;
  const words = refusal.said ?? refusal.providerCode ?? "no reason given";
  const detail = { status, method, path, providerCode: refusal.providerCode };
  switch (refusal.kind) {
    case "unauthorized":
      return new PermanentError(
        "crm_unauthorized",
        `${title} refused the token: ${words}. Connect the account again.`,
        {
          detail,
        },
      );
    case "forbidden":
      return new PermanentError(
        "crm_forbidden",
        `${title} forbids ${method} ${path}: ${words}. Check the connected user's rights, and whether our address is blocked.`,
        { detail },
      );
    case "payment_required":
      return new PermanentError(
        "crm_payment_required",
        `The ${title} account is not paid for, or its plan lacks the API: ${words}.`,
        { detail },
      );
    case "rate_limited": {
      const delayMs = Math.min(Math.max(refusal.retryAfterMs ?? defaultRetryMs, 0), longestRetryMs);
      return new RetryLaterError(delayMs, "crm_rate_limited", `${title} asks to slow down: ${words}`);
    }
    case "not_found":
    case "bad_request":
      return new PermanentError("crm_bad_request", `${title} refused ${method} ${path} (${status}): ${words}`, {
        detail,
      });
    case "unavailable": {
      const message = `${title} failed at ${method} ${path} (${status}): ${words}`;
      return call.effect === "write" ? new WriteUnclearError(message) : new CrmUnavailableError(message);
    }
  }
};

/** True for an error that says: this record or path is not there. */
export const isNotFound = (error: unknown): boolean =>
  error instanceof PermanentError && error.code === "crm_bad_request" && error.detail?.["status"] === 404;
