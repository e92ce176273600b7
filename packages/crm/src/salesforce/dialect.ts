import type { Limit } from "@gpt-agent/limits/limiter";
import type { LimitScope } from "../providers.ts";
import type { ApiAnswer, Dialect, Hold, Refusal } from "../transport/api-call.ts";
import { refusalByStatus } from "../transport/errors.ts";
import { at, textOf } from "../transport/read-body.ts";

/** My Domain addresses, and the sign-in hosts. */
export const salesforceHostSuffixes = ["salesforce.com"] as const;

/** Of a request, as the transport limits it; a place is lost that long when its holder dies. */
export const requestTimeoutMs = 60_000;
const dayMs = 86_400_000;
const quarterHourMs = 900_000;

const planned = ({ plan }: LimitScope, name: string, otherwise: number): number => {
  const value = Number(plan?.[name]);
  return Number.isFinite(value) && value > 0 ? value : otherwise;
};

const concurrent = (scope: LimitScope): Limit => ({
  key: `{${scope.accountKey}}:concurrent`,
  rule: { kind: "concurrency", max: planned(scope, "concurrent", 25), leaseMs: requestTimeoutMs + 30_000 },
});
const daily = (scope: LimitScope): Limit => ({
  key: `{${scope.accountKey}}:daily`,
  rule: { kind: "budget", cost: planned(scope, "daily", 100_000), periodMs: dayMs, reserve: 0.2 },
});

/**
 * 25 requests that take longer than 20 s at once, 5 in a developer's org: counted over all requests, for nobody knows
 * beforehand which will take long. So many a day and org (`plan.daily`, which `account` reads), of which other integrations
 * want their part. https://developer.salesforce.com/docs/atlas.en-us.salesforce_app_limits_cheatsheet.meta
 */
export const salesforceLimits = (scope: LimitScope): readonly Limit[] => [daily(scope), concurrent(scope)];

const refusal = (answer: ApiAnswer, scope: LimitScope): Refusal | undefined => {
  const kind = refusalByStatus(answer.status);
  if (kind === undefined) return undefined;
  const code = textOf(at(answer.body, 0, "errorCode"));
  const said = textOf(at(answer.body, 0, "message"));
  const words = { ...(said === undefined ? {} : { said }), ...(code === undefined ? {} : { providerCode: code }) };
  if (code === "REQUEST_LIMIT_EXCEEDED") {
    // The same code for the day and for too many long requests at once.
    const isDay = !/concurrent/iu.test(said ?? "");
    const limits = [isDay ? daily(scope) : concurrent(scope)];
    return { kind: "rate_limited", ...words, limits, retryAfterMs: isDay ? quarterHourMs : 5_000 };
  }
  if (code === "API_DISABLED_FOR_ORG" || code === "API_CURRENTLY_DISABLED")
    return { kind: "payment_required", ...words };
  if (code === "INVALID_SESSION_ID") return { kind: "unauthorized", ...words };
  return { kind, ...words };
};

/** `Sforce-Limit-Info: api-usage=18/5000`, of all apps together: what is left belongs to the org's other integrations. */
const hold = ({ headers }: ApiAnswer, scope: LimitScope, nowMs: number): Hold | undefined => {
  const [, used, allowed] = /api-usage=(\d+)\/(\d+)/u.exec(headers["sforce-limit-info"] ?? "") ?? [];
  if (used === undefined || allowed === undefined || Number(used) < Number(allowed) * 0.95) return undefined;
  return { untilMs: nowMs + quarterHourMs, limits: [daily(scope)] };
};

export const salesforceDialect = (scope: LimitScope): Dialect => ({
  title: "Salesforce",
  hostSuffixes: salesforceHostSuffixes,
  charges: () => [{ limits: salesforceLimits(scope), cost: 1 }],
  refusal: (answer) => refusal(answer, scope),
  hold: (answer, _request, nowMs) => hold(answer, scope, nowMs),
});
