import type { Limit } from "@gpt-agent/limits/limiter";
import type { LimitScope } from "../providers.ts";
import type { ApiAnswer, ApiRequest, Dialect, Hold, Refusal } from "../transport/api-call.ts";
import { refusalByStatus } from "../transport/errors.ts";
import { at, textOf } from "../transport/read-body.ts";

/** Portals in the cloud, by country. Self-hosted ones have hosts of their own and are not connected. */
export const bitrixHostSuffixes = "ru com eu de fr it pl es by kz ua in cn jp mx co vn id uk com.br com.tr net tech"
  .split(" ")
  .map((end) => `bitrix24.${end}`);

/** Who alone may get the app's secret. */
export const bitrixOAuthHosts = ["oauth.bitrix24.tech", "oauth.bitrix.info"] as const;

/** Other apps of the customer on our address draw on the same bucket. */
const share = 0.8;

/**
 * A leaky bucket per portal and caller's address: 50 and 2 a second, on Enterprise 250 and 5. A batch of 50 commands is one
 * request. https://apidocs.bitrix24.com/limits.html
 */
export const bitrixLimits = ({ accountKey, plan }: LimitScope): readonly Limit[] => {
  const enterprise = plan?.["family"] === "ent";
  const capacity = Math.floor((enterprise ? 250 : 50) * share);
  return [
    { key: `bitrix24:{${accountKey}}:requests`, rule: { kind: "bucket", capacity, perSecond: enterprise ? 5 : 2 } },
  ];
};

/** Carries holds of one method and never refuses by itself. */
const methodLimit = (scope: LimitScope, method: string): Limit => ({
  key: `bitrix24:{${scope.accountKey}}:${scope.clientId ?? "app"}:method:${method}`,
  rule: { kind: "bucket", capacity: 1_000, perSecond: 1_000 },
});

/** Seconds of one method within ten minutes are limited; the value is the portal's, 480 in the documentation's example. */
const operatingCeiling = 440;

const methodOf = (path: string): string => /^\/rest\/(.+?)(?:\.json)?$/u.exec(path)?.[1] ?? "";

/** The methods that a request runs: its own, or those of its batch by their commands' names. */
const methodsOf = (request: ApiRequest): readonly (readonly [string, string])[] => {
  const method = methodOf(request.path);
  const commands = at(request.json, "cmd");
  if (method !== "batch" || typeof commands !== "object" || commands === null) return [["", method]];
  return Object.entries(commands).map(([name, command]) => [name, String(command).split("?")[0] ?? ""]);
};

const kinds: Readonly<Record<string, Refusal["kind"]>> = {
  expired_token: "unauthorized",
  invalid_token: "unauthorized",
  no_auth_found: "unauthorized",
  invalid_credentials: "unauthorized",
  query_limit_exceeded: "rate_limited",
  operation_time_limit: "rate_limited",
  overload_limit: "rate_limited",
  payment_required: "payment_required",
  insufficient_scope: "forbidden",
  access_denied: "forbidden",
  user_access_error: "forbidden",
  not_installed: "unauthorized",
  not_found: "not_found",
  error_not_found: "not_found",
  internal_server_error: "unavailable",
  error_unexpected_answer: "unavailable",
};

/** What an error's code means, alone or inside a batch. */
export const kindOfError = (code: string, said: string | undefined): Refusal["kind"] => {
  // The plan without an API is told by words only.
  if (/access_denied/iu.test(code) && /plan|тариф/iu.test(said ?? "")) return "payment_required";
  return kinds[code.toLowerCase()] ?? "bad_request";
};

export const bitrixDialect = (scope: LimitScope): Dialect => {
  const requests = bitrixLimits(scope);
  /** When a method's oldest minute is forgotten, as the last answer told. */
  const resets = new Map<string, number>();

  const times = (answer: ApiAnswer, request: ApiRequest) =>
    methodsOf(request).map(([name, method]) => ({
      method,
      time: name === "" ? at(answer.body, "time") : at(answer.body, "result", "result_time", name),
    }));

  return {
    title: "Bitrix24",
    hostSuffixes: bitrixHostSuffixes,
    charges: (request) => {
      const methods = new Set(methodsOf(request).map(([, method]) => method));
      return [{ limits: [...requests, ...[...methods].map((method) => methodLimit(scope, method))], cost: 1 }];
    },
    // In the body: an address is logged by whoever stands between.
    authorize: (request, token) => ({ ...request, json: { ...(request.json as object | undefined), auth: token } }),
    refusal: (answer, request) => {
      const code = textOf(at(answer.body, "error"));
      const kind = refusalByStatus(answer.status);
      if (code === undefined) return kind === undefined ? undefined : { kind };
      const said = textOf(at(answer.body, "error_description"));
      const method = methodOf(request.path);
      const refusal: Refusal = {
        kind: kindOfError(code, said),
        providerCode: code,
        ...(said === undefined ? {} : { said }),
      };
      if (code === "OPERATION_TIME_LIMIT") {
        const untilMs = resets.get(method) ?? Date.now() + 60_000;
        return {
          ...refusal,
          retryAfterMs: Math.max(untilMs - Date.now(), 1_000),
          limits: [methodLimit(scope, method)],
        };
      }
      return { ...refusal, limits: requests };
    },
    hold: (answer, request, nowMs): Hold | undefined => {
      const tired: Limit[] = [];
      let untilMs = 0;
      for (const { method, time } of times(answer, request)) {
        const resetMs = Number(at(time, "operating_reset_at")) * 1_000;
        if (!Number.isFinite(resetMs) || resetMs <= 0) continue;
        resets.set(method, resetMs);
        if (Number(at(time, "operating")) < operatingCeiling || resetMs <= nowMs) continue;
        tired.push(methodLimit(scope, method));
        untilMs = Math.max(untilMs, resetMs);
      }
      return tired.length === 0 ? undefined : { limits: tired, untilMs };
    },
  };
};
