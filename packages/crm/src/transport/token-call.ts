import { EgressError } from "@gpt-agent/http/egress-error";
import type { SendGuarded } from "@gpt-agent/http/guarded-request";
import { PermanentError, RetryLaterError } from "@gpt-agent/jobs/errors";
import { z } from "zod";
import { isPinnedHost } from "./address.ts";
import { CrmUnavailableError, retryAfterMs, tidySaid } from "./errors.ts";
import { parseAnswer } from "./parse-answer.ts";
import { at, readBody, textOf } from "./read-body.ts";

/** RFC 6749 §5.1. Providers add to it. */
export const tokenAnswerSchema = z.looseObject({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).optional(),
  expires_in: z.coerce.number().positive().optional(),
});

export interface TokenCall<T extends z.ZodType> {
  readonly title: string;
  readonly send: SendGuarded;
  readonly hostSuffixes: readonly string[];
  readonly url: string;
  /** Extends `tokenAnswerSchema`. */
  readonly schema: T;
  readonly form?: Readonly<Record<string, string>>;
  readonly json?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** What must not appear in an error: codes, tokens, secrets. */
  readonly secrets: readonly string[];
}

/**
 * One call to a provider's token endpoint. Never aborted: the answer may hold the only valid refresh token.
 * @throws {PermanentError} `crm_unauthorized` with `detail.oauthError` (invalid_grant, invalid_client …) when refused;
 *   `crm_bad_response`, `egress_refused`
 * @throws {RetryLaterError} `crm_rate_limited`
 * @throws {CrmUnavailableError} no answer or 5xx: nobody knows whether the old refresh token still holds
 */
export const callTokenEndpoint = async <T extends z.ZodType>(call: TokenCall<T>): Promise<z.output<T>> => {
  const { title, form, json } = call;
  if (!isPinnedHost(call.url, call.hostSuffixes)) {
    throw new PermanentError("egress_refused", `The token address is not one of ${title}'s hosts.`);
  }
  const response = await call
    .send({
      method: "POST",
      url: call.url,
      headers: {
        accept: "application/json",
        "content-type": form === undefined ? "application/json" : "application/x-www-form-urlencoded",
        ...call.headers,
      },
      body: form === undefined ? JSON.stringify(json ?? {}) : new URLSearchParams(form).toString(),
      totalTimeoutMs: 60_000,
      maxResponseBytes: 262_144,
      hostSuffixes: [...call.hostSuffixes, new URL(call.url).hostname],
    })
    .catch((error: unknown) => {
      if (error instanceof EgressError && error.code === "egress_refused") {
        throw new PermanentError("egress_refused", `${title}'s token address may not be reached.`, { cause: error });
      }
      throw new CrmUnavailableError(`${title}'s token endpoint does not answer.`, { cause: error });
    });
  const answer = readBody(response);
  const { status, body } = answer;
  const oauthError = textOf(at(body, "error")) ?? textOf(at(body, "status")) ?? textOf(at(body, "hint"));
  const said = tidySaid(
    textOf(at(body, "error_description")) ??
      textOf(at(body, "message")) ??
      textOf(at(body, "detail")) ??
      textOf(at(body, "hint")) ??
      oauthError ??
      "no reason given",
    call.secrets,
  );
  if (status === 429) {
    const delayMs = retryAfterMs(answer.headers, Date.now()) ?? 2_000;
    throw new RetryLaterError(delayMs, "crm_rate_limited", `${title}'s token endpoint asks to slow down: ${said}`);
  }
  const unpaid = status === 402 || /^payment_required$/iu.test(oauthError ?? "");
  if (unpaid || status === 403) {
    const code = unpaid ? "crm_payment_required" : "crm_forbidden";
    throw new PermanentError(code, `${title} gives no token (${status}): ${said}`, { detail: { status, oauthError } });
  }
  if (status >= 500) throw new CrmUnavailableError(`${title}'s token endpoint failed (${status}): ${said}`);
  if (status >= 300 || textOf(at(body, "access_token")) === undefined) {
    throw new PermanentError("crm_unauthorized", `${title} gave no token: ${said}. Connect the account again.`, {
      detail: { status, oauthError },
    });
  }
  return parseAnswer(call.schema, body, `${title}'s token answer`);
};

/** When a token ends, epoch; undefined for one without end. */
export const expiresAtMs = (expiresInSeconds: number | undefined, nowMs: number): number | undefined =>
  expiresInSeconds === undefined ? undefined : nowMs + expiresInSeconds * 1_000;
