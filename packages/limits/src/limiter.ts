/** Who goes first when a limit is short: a person waiting, then fresh changes, our own writes, then the backfill. */
export type Lane = "interactive" | "push" | "delta" | "backfill";

/** A provider's published limit, counted at the provider's true scope. Several may hold at once; all must allow. */
export type LimitRule =
  /** At most `cost` in any window of `windowMs`; a slot comes free `windowMs + jitterMs` after it was sent. */
  | { readonly kind: "window"; readonly cost: number; readonly windowMs: number; readonly jitterMs: number }
  /** A bucket of `capacity` that leaks `perSecond`; it is filled up to a second's leak below the rim. */
  | { readonly kind: "bucket"; readonly capacity: number; readonly perSecond: number }
  /** A place not given back by `done` is free again after `leaseMs`: more than the request can take. */
  | { readonly kind: "concurrency"; readonly max: number; readonly leaseMs: number }
  /** A budget for each whole period since 1970 (days: UTC), spent evenly; `reserve` (0 … 1) is left to the customer. */
  | { readonly kind: "budget"; readonly cost: number; readonly periodMs: number; readonly reserve: number };

/** One limit as Redis keeps it. `key` names the scope the provider counts by: an account, a portal and our IP, a company. */
export interface Limit {
  /** Limits are taken together in one step where their keys share what stands in braces: `hubspot:{portal-7}:burst`. */
  readonly key: string;
  readonly rule: LimitRule;
  /** What this request costs under this limit, where that differs from the request's `cost`. */
  readonly cost?: number;
}

export interface AcquireRequest {
  readonly limits: readonly Limit[];
  /** Units of every limit that counts cost, and what shares between tenants are counted in; 1 for a plain request. */
  readonly cost: number;
  readonly lane: Lane;
  /** Who asks: tenants that share a limit get shares of it by their weights. */
  readonly tenant: string;
  /** Default 1: equal shares. */
  readonly weight?: number;
  readonly signal: AbortSignal;
  /** Do not wait longer than this, throw RetryLaterError with the expected delay instead. Default 30 000. */
  readonly maxWaitMs?: number;
}

export interface Permit {
  /**
   * Say how it went, once: frees concurrency, keeps the slot of a request that was long on its way, and holds the scope
   * back for what the provider asked. Never throws.
   */
  done(result: { readonly roundTripMs?: number; readonly retryAfterMs?: number }): Promise<void>;
}

export interface Limiter {
  /**
   * Waits for its turn under every limit. Use the permit at once: what is sent later than it was given counts against
   * `jitterMs`.
   * @throws {RetryLaterError} `crm_rate_limited` (or the limiter's own code) when the turn is further away than
   * `maxWaitMs`; `queue_unavailable` when Redis does not answer: no permit without the count.
   */
  acquire(request: AcquireRequest): Promise<Permit>;
  /** Nobody passes these limits before `untilMs` (epoch): a 429 with Retry-After, whoever got it. */
  holdBack(limits: readonly Limit[], untilMs: number): Promise<void>;
}
