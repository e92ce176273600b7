const messages = {
  egress_refused:
    "The address may not be reached from here: it does not resolve, or it is private, malformed or on a port that is not allowed.",
  egress_failed: "The destination did not answer in time, or broke off.",
} as const;

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

/** The message depends on the code alone. */
export class EgressError extends Error {
  override name = "EgressError";
  readonly code: keyof typeof messages;
  readonly reason: EgressReason;

  constructor(code: keyof typeof messages, reason: EgressReason, options?: ErrorOptions) {
    super(messages[code], options);
    this.code = code;
    this.reason = reason;
  }
}
