/** One request to a host that a tenant or a provider chose. */
export interface GuardedRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD";
  /** Absolute, http or https. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal;
  /** Default 5 000. */
  readonly connectTimeoutMs?: number;
  /** From the first byte sent to the last byte read; default 15 000. */
  readonly totalTimeoutMs?: number;
  /** Of the answer; what is beyond is cut and said so. Default 65 536. */
  readonly maxResponseBytes?: number;
  /** The host must equal one of these or end with `.` and one of these: `["amocrm.ru", "kommo.com"]`. */
  readonly hostSuffixes?: readonly string[];
}

export interface GuardedResponse {
  readonly status: number;
  /** Names in lower case; repeated headers joined with ", ". */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly truncated: boolean;
  /** The address that was connected to; never told to a tenant. */
  readonly address: string;
  readonly ms: number;
}

/**
 * Resolves once, checks every address, connects to the checked one. Follows no redirect, reads no proxy variable.
 * @throws {EgressError} `egress_refused` for a destination that may not be reached: one message whatever the cause, so
 *   that nobody can map a network with it; `egress_failed` where the destination did not answer in time or broke off.
 */
export type SendGuarded = (request: GuardedRequest) => Promise<GuardedResponse>;
