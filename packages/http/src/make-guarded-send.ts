import { isIP } from "node:net";
import { hostReach } from "@gpt-agent/config/private-host";
import { type Destination, makePolicy, readDestination } from "./destination.ts";
import { EgressError } from "./egress-error.ts";
import { exchange } from "./exchange.ts";
import type { GuardedRequest, GuardedResponse, SendGuarded } from "./guarded-request.ts";
import { type Dial, makePinnedPools } from "./pinned-pools.ts";
import { wireHeaders } from "./request-headers.ts";
import { makeResolveHost, type ResolveSettings } from "./resolve-host.ts";

export interface GuardedSendSettings {
  /** Exact pairs that pass although they are private or on another port: `egressEnv`'s `allow`. */
  readonly allow: readonly { readonly host: string; readonly port: number }[];
  /** Our own public hosts: a tenant who names one would have us call ourselves in a loop. */
  readonly ownHosts?: readonly string[];
  readonly dns?: ResolveSettings;
  /** What opens the sockets, for tests; it is given addresses that have passed. */
  readonly dial?: Dial;
}

export type GuardedSender = SendGuarded & {
  /** Waits for the requests under way, then ends every connection; nothing is sent from then on. */
  readonly close: () => Promise<void>;
};

/** More are checked, no more are tried. */
const maxAttempts = 3;
const unreachableForMs = 30_000;

const unbracketed = (host: string): string => host.replace(/^\[|\]$/g, "");

/** Nothing was sent: another address of the same name may be tried. */
const mayTryNext = (error: unknown): boolean =>
  error instanceof EgressError && (error.reason === "unreachable" || error.reason === "connect_timeout");

/** A name server that takes its time is part of the time for connecting. */
const within = async <T>(limitMs: number, promise: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new EgressError("egress_failed", "connect_timeout")), limitMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
};

export const makeGuardedSend = ({ allow, ownHosts = [], dns, dial }: GuardedSendSettings): GuardedSender => {
  const policy = makePolicy(allow, ownHosts);
  const { known, resolve, resolveAllowed } = makeResolveHost(dns);
  const pools = makePinnedPools(dial);
  const unreachableUntilMs = new Map<string, number>();

  /** One answer is asked for and used: what was checked is what is connected to. */
  const addressesOf = async (destination: Destination, limitMs: number): Promise<readonly string[]> => {
    const literal = unbracketed(destination.host);
    if (isIP(literal) !== 0) return [literal];
    if (destination.allowed) return within(limitMs, resolveAllowed(destination.host));
    const addresses = known(destination.host) ?? (await within(limitMs, resolve(destination.host)));
    // One bad address spoils the name: who sets it decides which of them is used.
    if (!addresses.every((address) => hostReach(address) === "public")) {
      throw new EgressError("egress_refused", "address");
    }
    return addresses;
  };

  /** Those that lately could not be reached come last. */
  const inTurn = (addresses: readonly string[], nowMs: number): readonly string[] => {
    if (unreachableUntilMs.size === 0) return addresses.slice(0, maxAttempts);
    const resting = (address: string): boolean => (unreachableUntilMs.get(address) ?? 0) > nowMs;
    return [...addresses.filter((address) => !resting(address)), ...addresses.filter(resting)].slice(0, maxAttempts);
  };

  const rest = (address: string, nowMs: number): void => {
    unreachableUntilMs.delete(address);
    unreachableUntilMs.set(address, nowMs + unreachableForMs);
    const oldest = unreachableUntilMs.size > 1_000 ? unreachableUntilMs.keys().next().value : undefined;
    if (oldest !== undefined) unreachableUntilMs.delete(oldest);
  };

  const send = async (request: GuardedRequest): Promise<GuardedResponse> => {
    const { connectTimeoutMs = 5_000, totalTimeoutMs = 15_000, maxResponseBytes = 65_536, body } = request;
    const startedMs = performance.now();
    const destination = readDestination(request.url, request.hostSuffixes, policy);
    const common = {
      method: request.method,
      path: destination.path,
      headers: wireHeaders(request.headers),
      body: body instanceof Uint8Array ? Buffer.from(body.buffer, body.byteOffset, body.byteLength) : body,
      signal: request.signal,
      totalTimeoutMs,
      maxResponseBytes,
    };
    const addresses = inTurn(await addressesOf(destination, connectTimeoutMs), startedMs);
    for (const [index, address] of addresses.entries()) {
      const isLast = index === addresses.length - 1;
      const leftMs = Math.max(1, startedMs + connectTimeoutMs - performance.now());
      try {
        const answered = await exchange(pools.at(destination.origin, address), {
          ...common,
          connectTimeoutMs: isLast ? leftMs : leftMs / 2,
        });
        return { ...answered, address, ms: Math.round(performance.now() - startedMs) };
      } catch (error) {
        if (!mayTryNext(error)) throw error;
        rest(address, performance.now());
        if (isLast) throw error;
      }
    }
    throw new EgressError("egress_refused", "unresolved");
  };

  const underWay = new Set<Promise<GuardedResponse>>();
  let closed = false;
  const counted: SendGuarded = async (request) => {
    if (closed) throw new EgressError("egress_failed", "aborted");
    const sending = send(request);
    underWay.add(sending);
    try {
      return await sending;
    } finally {
      underWay.delete(sending);
    }
  };
  const close = async (): Promise<void> => {
    closed = true;
    await Promise.allSettled(underWay);
    await pools.destroy();
  };
  return Object.assign(counted, { close });
};
