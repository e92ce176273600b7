import type { ErrorCode } from "@gpt-agent/jobs/error-codes";

export interface EndpointKey {
  readonly orgId: string;
  readonly endpointId: string;
}

/** One message for one endpoint. */
export interface Delivery {
  readonly id: string;
  readonly messageId: string;
  /** Attempts of the present schedule that were made before. */
  readonly attempt: number;
  /** The exact bytes to sign and send, the same every time. */
  readonly body: string;
}

/** Deliveries that are this run's to send, and what is needed to send them. `lease` is a fencing token. */
export interface Work {
  readonly busy: false;
  readonly lease: string;
  /** The endpoint is disabled; the one delivery shows whether it is back. */
  readonly probing: boolean;
  readonly url: string;
  readonly ordered: boolean;
  readonly concurrency: number;
  readonly sealedHeaders: string | null;
  /** Valid ones, newest first. */
  readonly secrets: readonly { readonly id: string; readonly sealed: string }[];
  readonly deliveries: readonly Delivery[];
}

/** Nothing may be sent now; the lease, if there was one, is given back. */
export interface Idle {
  readonly busy: false;
  readonly deliveries: readonly [];
  /** When there will be something; 0: there is; null: nobody knows. */
  readonly nextMs: number | null;
}

/** What one attempt came to, and where its delivery goes. */
export interface Attempt {
  readonly deliveryId: string;
  readonly state: "delivered" | "retry_wait" | "exhausted";
  readonly attempt: number;
  readonly nextInMs?: number | undefined;
  readonly startedAt: string;
  readonly ms: number;
  readonly status: number | null;
  readonly errorCode: ErrorCode | null;
  readonly headers: Readonly<Record<string, string>> | null;
  readonly body: string | null;
  readonly truncated: boolean;
  readonly address: string | null;
  readonly ok: boolean;
  readonly outage: boolean;
  readonly gone: boolean;
  readonly holdMs?: number | undefined;
}

/** Another run holds the endpoint, and will find what this one was to send; should it have died, its time ends in `nextMs`. */
export interface Busy {
  readonly busy: true;
  readonly nextMs: number;
}

export type Claimed = Busy | Idle | Work;

interface ClaimSize {
  readonly leaseSeconds: number;
  readonly limit: number;
}

/** Each method refuses another organisation's endpoint (`tenant_mismatch`) and a lease that was taken over. */
export interface Deliveries {
  claim(input: EndpointKey & ClaimSize): Promise<Claimed>;
  /**
   * In the order in which they ended; then claims so many more under the same lease, or with 0 gives it back.
   * `endpointIds`: who is to hear that this one was disabled, or is back.
   */
  record(input: EndpointKey & ClaimSize & { readonly lease: string; readonly attempts: readonly Attempt[] }): Promise<{
    readonly disabled: string | null;
    readonly enabled: boolean;
    readonly endpointIds: readonly string[];
    readonly next: Claimed;
  }>;
  /** What was taken and not recorded is due again. */
  release(input: EndpointKey & { readonly lease: string }): Promise<void>;
}

/** Plaintext of what is sealed in the endpoint's rows. */
export interface EndpointSecrets {
  readonly headers: (key: EndpointKey, sealed: string) => Promise<Readonly<Record<string, string>>>;
  readonly secret: (orgId: string, secret: { readonly id: string; readonly sealed: string }) => Promise<string>;
}

/** Part of packages/http's client: no private address is reached, whatever the URL says. */
export type Send = (request: {
  readonly method: "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
}) => Promise<{
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly truncated: boolean;
  readonly address: string;
  readonly ms: number;
}>;

/** Makes the headers that prove who sent a message. */
export type Sign = (message: {
  readonly id: string;
  readonly sentAtMs: number;
  readonly body: string;
}) => Readonly<Record<"webhook-id" | "webhook-timestamp" | "webhook-signature", string>>;

export interface DeliverPorts {
  readonly deliveries: Deliveries;
  readonly secrets: EndpointSecrets;
  readonly send: Send;
  /** One signature for each secret, the newest first. */
  readonly makeSigner: (secrets: readonly string[]) => Sign;
  /** Jobs at once in this process. */
  readonly slots: number;
  readonly random: () => number;
  /** Milliseconds of a clock that only moves forward. */
  readonly now: () => number;
}
