import type { GuardedRequest } from "@gpt-agent/http/guarded-request";
import type { Limit } from "@gpt-agent/limits/limiter";

export type QueryValue = string | number | boolean | undefined;

/** One call to a CRM, without host, token and limits: those are the transport's. */
export interface ApiRequest {
  readonly method: GuardedRequest["method"];
  /** Below the connection's base URL: `/api/v4/leads`. */
  readonly path: string;
  /** Keys as they stand in the address, `filter[id][]` included; a list repeats its key, undefined is left out. */
  readonly query?: Readonly<Record<string, QueryValue | readonly (string | number)[]>>;
  readonly json?: unknown;
  /** Sent as `application/x-www-form-urlencoded`; excludes `json`. */
  readonly form?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** `write`: sending it twice could have a second effect, so a broken answer is unclear instead of repeatable. */
  readonly effect: "read" | "write";
  /** Units for limits that count cost (the dialect reads it). Default 1. */
  readonly cost?: number;
  /** Statuses beyond 2xx that the caller reads itself, for instance 404 or a 400 with errors by record. */
  readonly accept?: readonly number[];
  /** Default 30 000. */
  readonly totalTimeoutMs?: number;
  /** Default 8 MiB. */
  readonly maxResponseBytes?: number;
}

export interface ApiAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed JSON; undefined for an empty body (204) and for one that is not JSON. */
  readonly body: unknown;
  /** The body is neither empty nor JSON. */
  readonly unreadable: boolean;
}

/** Limits that are drawn upon together, and how many units of each. */
export interface Charge {
  readonly limits: readonly Limit[];
  readonly cost: number;
}

/** What an answer that is no success means. */
export interface Refusal {
  readonly kind:
    | "unauthorized"
    | "forbidden"
    | "payment_required"
    | "rate_limited"
    | "bad_request"
    | "not_found"
    | "unavailable";
  /** The provider's words, shortened by the transport and freed of secrets. */
  readonly said?: string;
  /** The provider's own code: `QUERY_LIMIT_EXCEEDED`. */
  readonly providerCode?: string;
  /** How long the provider asks to wait. */
  readonly retryAfterMs?: number;
  /** For `rate_limited`: the limits that are used up, where not all that were charged. */
  readonly limits?: readonly Limit[];
}

/** Nobody passes `limits` (default: all that were charged) before `untilMs`, epoch. */
export interface Hold {
  readonly untilMs: number;
  readonly limits?: readonly Limit[];
}

/** All in which a provider's HTTP differs from the others'. */
export interface Dialect {
  /** For sentences: `Bitrix24`. */
  readonly title: string;
  /** Where a token may be sent at all: `["amocrm.ru", "kommo.com"]`; loopback sandboxes pass by `EGRESS_ALLOW`. */
  readonly hostSuffixes: readonly string[];
  /** What the call draws upon, in the order it is acquired: long budgets first, short windows last. */
  charges(request: ApiRequest): readonly Charge[];
  /** Puts the token in. Default: `Authorization: Bearer`. */
  authorize?(request: ApiRequest, token: string): ApiRequest;
  /** Overrides what the status alone would mean, also for a 200 that holds an error. */
  refusal?(answer: ApiAnswer, request: ApiRequest): Refusal | undefined;
  /** What the answer's headers or body tell of the limits, asked for every answer. */
  hold?(answer: ApiAnswer, request: ApiRequest, nowMs: number): Hold | undefined;
}
