import type { SendGuarded } from "./guarded-request.ts";

export interface GuardedSendSettings {
  /** Exact pairs that pass although they are private or on another port: `egressEnv`'s `allow`. */
  readonly allow: readonly { readonly host: string; readonly port: number }[];
  /** Our own public hosts: a tenant who names one would have us call ourselves in a loop. */
  readonly ownHosts?: readonly string[];
}

export type GuardedSender = SendGuarded & {
  /** Ends idle connections at once and waits for the requests under way. */
  readonly close: () => Promise<void>;
};

export type MakeGuardedSend = (settings: GuardedSendSettings) => GuardedSender;
