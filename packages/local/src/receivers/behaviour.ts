import { verifyWebhook } from "@gpt-agent/signatures/verify";

/** One delivery as it arrived. */
export interface ReceivedDelivery {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly receivedAtMs: number;
  /** How many came before it, this one not counted. */
  readonly earlier: number;
}

/** What a receiver answers; `hang` leaves the connection open and says nothing. */
export type ReceiverAnswer =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string | Buffer }
  | "hang";

export type Behaviour = (delivery: ReceivedDelivery) => ReceiverAnswer | Promise<ReceiverAnswer>;

/** Verifies the Standard Webhooks signature: 204, or 401 where it does not fit. @param secrets `whsec_…` or `whpk_…` */
export const verifying =
  (secrets: readonly string[]): Behaviour =>
  ({ method, path, headers, body, receivedAtMs }) => {
    const received = { method, url: path, headers, rawBody: body, nowMs: receivedAtMs, remoteAddress: "127.0.0.1" };
    const verified = verifyWebhook("standard", received, secrets);
    return verified.ok ? { status: 204 } : { status: 401, body: verified.reason };
  };

/** Takes its time over what another behaviour would answer at once. */
export const slow =
  (delayMs: number, then: Behaviour = () => ({ status: 200 })): Behaviour =>
  async (delivery) => {
    await new Promise((resolve) => {
      setTimeout(resolve, delayMs);
    });
    return then(delivery);
  };

/** Fails always, in the same way. */
export const failing =
  (status = 500, headers: Readonly<Record<string, string>> = {}): Behaviour =>
  () => ({ status, headers, body: "This receiver always fails." });

/** 429 or 503 with the seconds to wait. */
export const busy = (retryAfterS: number, status: 429 | 503 = 429): Behaviour =>
  failing(status, { "retry-after": String(retryAfterS) });

/** The endpoint is no more: senders should stop. */
export const gone: Behaviour = () => ({ status: 410, body: "Gone." });

export const hanging: Behaviour = () => "hang";

/** Fails so many times, then does what another behaviour does. */
export const recovering =
  (failures: number, then: Behaviour = () => ({ status: 200 })): Behaviour =>
  (delivery) =>
    delivery.earlier < failures ? { status: 503, body: "Not yet." } : then(delivery);

/** Sends the caller elsewhere; nobody should follow. */
export const redirecting =
  (location: string): Behaviour =>
  () => ({ status: 302, headers: { location } });
