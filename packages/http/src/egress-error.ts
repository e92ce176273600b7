import { errorCodes } from "@gpt-agent/jobs/error-codes";

/** Why, for the operator's log. A tenant is never told: it would map our network. */
export type EgressReason =
  | "url"
  | "scheme"
  | "credentials"
  | "port"
  | "suffix"
  | "own_host"
  | "host"
  | "address"
  | "unresolved"
  | "headers"
  | "resolver"
  | "unreachable"
  | "connect_timeout"
  | "timeout"
  | "aborted"
  | "broken";

type EgressCode = "egress_refused" | "egress_failed";

/** The message depends on the code alone. */
export class EgressError extends Error {
  override name = "EgressError";
  readonly code: EgressCode;
  readonly reason: EgressReason;

  constructor(code: EgressCode, reason: EgressReason, options?: ErrorOptions) {
    super(errorCodes[code], options);
    this.code = code;
    this.reason = reason;
  }
}
