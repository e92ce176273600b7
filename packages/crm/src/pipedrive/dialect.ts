import type { Limit } from "@gpt-agent/limits/limiter";
import type { LimitScope } from "../providers.ts";
import type { ApiAnswer, ApiRequest, Dialect, Refusal } from "../transport/api-call.ts";
import { refusalByStatus } from "../transport/errors.ts";
import { at, textOf } from "../transport/read-body.ts";

export const pipedriveHostSuffixes = ["pipedrive.com"] as const;

const dayMs = 86_400_000;

/** Tokens a day and seat are 30 000 times the plan's factor; requests in 2 s are 20 for a person's token, 80 for an app's. */
const plans: Readonly<Record<string, { readonly tokens: number; readonly burst: number }>> = {
  lite: { tokens: 1, burst: 1 },
  growth: { tokens: 2, burst: 2 },
  premium: { tokens: 5, burst: 5 },
  ultimate: { tokens: 7, burst: 6 },
};
const lite = { tokens: 1, burst: 1 };

const planOf = ({ plan }: LimitScope): { readonly tokens: number; readonly burst: number } =>
  plans[String(plan?.["plan"] ?? "lite").toLowerCase()] ?? lite;

const daily = (scope: LimitScope): Limit => {
  const seats = Math.max(1, Number(scope.plan?.["seats"] ?? 1) || 1);
  const tokens = 30_000 * planOf(scope).tokens * seats;
  return { key: `{${scope.accountKey}}:tokens`, rule: { kind: "budget", cost: tokens, periodMs: dayMs, reserve: 0.2 } };
};
const burst = (scope: LimitScope): Limit => {
  const cost = (scope.clientId === undefined ? 20 : 80) * planOf(scope).burst;
  const key = `{${scope.accountKey}}:burst:${scope.clientId ?? "token"}`;
  return { key, rule: { kind: "window", cost, windowMs: 2_000, jitterMs: 100 } };
};
const search = (scope: LimitScope): Limit => ({
  key: `{${scope.accountKey}}:search:${scope.clientId ?? "token"}`,
  rule: { kind: "window", cost: 10, windowMs: 2_000, jitterMs: 50 },
});

/**
 * A company's tokens a day, counted by us since no header tells what is left of them, and requests in 2 s by token.
 * https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting
 */
export const pipedriveLimits = (scope: LimitScope): readonly Limit[] => [daily(scope), burst(scope), search(scope)];

const isSearch = (path: string): boolean => path.endsWith("/search");

/** Tokens of one request: `x-token-cost` of the API's own description; the generic cost where it has none. */
export const tokenCost = ({ method, path }: Pick<ApiRequest, "method" | "path">): number => {
  const old = path.startsWith("/api/v1/");
  if (isSearch(path)) return old ? 40 : 20;
  if (method === "DELETE") return old ? 6 : 3;
  if (method !== "GET") return old ? 10 : 5;
  const single = /\/(?:\d+|me)$/u.test(path);
  if (single) return old ? 2 : 1;
  if (/\/(?:pipelines|stages)$/u.test(path)) return 5;
  return old || path.endsWith("/archived") ? 20 : 10;
};

/** The reset is given in seconds; a day's tokens come back at midnight of a time zone that nobody tells. */
const refusal = (answer: ApiAnswer, scope: LimitScope): Refusal | undefined => {
  const kind = refusalByStatus(answer.status);
  if (kind === undefined) return undefined;
  const said = textOf(at(answer.body, "error")) ?? textOf(at(answer.body, "message"));
  const words = said === undefined ? {} : { said };
  if (kind !== "rate_limited") return { kind, ...words };
  const left = Number(answer.headers["x-daily-ratelimit-token-remaining"] ?? Number.NaN);
  if (left === 0 || /daily|token/iu.test(said ?? "")) {
    return { kind, ...words, limits: [daily(scope)], retryAfterMs: 3_600_000 };
  }
  const reset = Number(answer.headers["x-ratelimit-reset"]);
  const waitMs = Number.isFinite(reset) && reset > 0 && reset <= 60 ? reset * 1_000 : 2_000;
  return { kind, ...words, limits: [burst(scope), search(scope)], retryAfterMs: waitMs };
};

export const pipedriveDialect = (scope: LimitScope): Dialect => ({
  title: "Pipedrive",
  hostSuffixes: pipedriveHostSuffixes,
  charges: (request) => {
    const limits = [{ ...daily(scope), cost: tokenCost(request) }, burst(scope)];
    return [{ limits: isSearch(request.path) ? [...limits, search(scope)] : limits, cost: 1 }];
  },
  // A person's own API token goes in a header of its own; an app's is a bearer token.
  ...(scope.clientId === undefined
    ? {
        authorize: (request: ApiRequest, token: string) => ({
          ...request,
          headers: { ...request.headers, "x-api-token": token },
        }),
      }
    : {}),
  refusal: (answer) => refusal(answer, scope),
});
