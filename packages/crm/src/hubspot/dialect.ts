import type { Limit } from "@gpt-agent/limits/limiter";
import type { LimitScope } from "../providers.ts";
import type { ApiAnswer, ApiRequest, Dialect, Refusal } from "../transport/api-call.ts";
import { refusalByStatus } from "../transport/errors.ts";
import { at, textOf } from "../transport/read-body.ts";

export const hubspotHostSuffixes = ["hubapi.com"] as const;

const dayMs = 86_400_000;

const planned = (scope: LimitScope, name: string, otherwise: number): number => {
  const value = Number(scope.plan?.[name]);
  return Number.isFinite(value) && value > 0 ? value : otherwise;
};

const burst = (scope: LimitScope): Limit => ({
  key: `{${scope.accountKey}}:burst:${scope.clientId ?? "private"}`,
  rule: {
    kind: "window",
    cost: planned(scope, "burst", scope.clientId === undefined ? 100 : 110),
    windowMs: 10_000,
    // Room for a connection that is made anew: two in a hundred of a window this long.
    jitterMs: 200,
  },
});
const search = (scope: LimitScope): Limit => ({
  key: `{${scope.accountKey}}:search`,
  rule: { kind: "window", cost: 5, windowMs: 1_000, jitterMs: 50 },
});
const daily = (scope: LimitScope): Limit => ({
  key: `{${scope.accountKey}}:daily`,
  rule: { kind: "budget", cost: planned(scope, "daily", 250_000), periodMs: dayMs, reserve: 0.2 },
});

/**
 * An app that is sold has 110 requests in 10 s for each account, and no daily limit; a private app of the account 100 to 250
 * in 10 s (`plan.burst`), and a share of the account's day (`plan.daily`, 250 000 to 3 000 000). The search endpoints have
 * 5 requests a second and account, for all apps together.
 * https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines
 */
export const hubspotLimits = (scope: LimitScope): readonly Limit[] => [
  ...(scope.clientId === undefined || scope.plan?.["daily"] !== undefined ? [daily(scope)] : []),
  burst(scope),
  search(scope),
];

const isSearch = (path: string): boolean => path.endsWith("/search");

/** Which limit a 429 speaks of, and how long it lasts where no Retry-After says so. */
const policies: Readonly<Record<string, { readonly limit: (scope: LimitScope) => Limit; readonly waitMs: number }>> = {
  SECONDLY: { limit: search, waitMs: 1_000 },
  TEN_SECONDLY_ROLLING: { limit: burst, waitMs: 10_000 },
  DAILY: { limit: daily, waitMs: 3_600_000 },
};

/** 423: the record is being written by another request; 477: the account moves to another data centre. */
const further: Readonly<Record<number, Refusal["kind"]>> = { 423: "unavailable", 477: "rate_limited" };

export const hubspotDialect = (scope: LimitScope): Dialect => {
  const plain = hubspotLimits(scope).filter(({ key }) => key !== search(scope).key);
  const searching = hubspotLimits(scope);
  const refusal = (answer: ApiAnswer, request: ApiRequest): Refusal | undefined => {
    const kind = further[answer.status] ?? refusalByStatus(answer.status);
    if (kind === undefined) return undefined;
    const { body } = answer;
    const category = textOf(at(body, "category")) ?? textOf(at(body, "errorType"));
    const said = textOf(at(body, "message"));
    const words = {
      ...(said === undefined ? {} : { said }),
      ...(category === undefined ? {} : { providerCode: category }),
    };
    const policy = policies[textOf(at(body, "policyName")) ?? ""];
    if (kind !== "rate_limited" || policy === undefined) return { kind, ...words };
    // A search that comes too often per second used the search limit up, any other request the app's own.
    const limit = policy === policies["SECONDLY"] && !isSearch(request.path) ? burst : policy.limit;
    const told = answer.headers["retry-after"] !== undefined;
    return { kind, ...words, limits: [limit(scope)], ...(told ? {} : { retryAfterMs: policy.waitMs }) };
  };
  return {
    title: "HubSpot",
    hostSuffixes: hubspotHostSuffixes,
    charges: ({ path }) => [{ limits: isSearch(path) ? searching : plain, cost: 1 }],
    refusal,
  };
};
