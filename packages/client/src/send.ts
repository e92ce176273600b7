import { toApiError } from "./errors.ts";

export interface ClientOptions {
  /** Where the API is, with or without a path: `https://api.example.com`. */
  readonly baseUrl: string;
  readonly apiKey: string;
  /** Default: the platform's. */
  readonly fetch?: typeof globalThis.fetch;
  /** Tries after the first; default 4. Every one of them is safe: writes carry an Idempotency-Key. */
  readonly maxRetries?: number;
  /** Of one try; default 60 000. Event streams and downloads have none. */
  readonly timeoutMs?: number;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Of a write: yours, to make it repeatable beyond this call. Default: a new one for each call. */
  readonly idempotencyKey?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Wire {
  readonly method: string;
  /** With its query, from the base address on. */
  readonly path: string;
  readonly body?: NonNullable<RequestInit["body"]> | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** False for answers that take as long as they take. */
  readonly isTimed: boolean;
}

const longestPauseMs = 60_000;

/** As the answer asks, else doubling from half a second, half of it random. */
const pauseMs = (attempt: number, retryAfter: string | null): number => {
  const asked = Number(retryAfter);
  if (retryAfter !== null && Number.isFinite(asked)) return Math.min(Math.max(asked, 0) * 1_000, longestPauseMs);
  return Math.min(500 * 2 ** attempt, 10_000) * (0.5 + Math.random() / 2);
};

/** 429 and 503 say when; 502 and 504 are a proxy's; 409 only where the first of two equal requests is still under way. */
const isWorthRepeating = ({ status, headers }: Response): boolean =>
  status === 429 ||
  status === 502 ||
  status === 503 ||
  status === 504 ||
  (status === 409 && headers.has("retry-after"));

const sleep = (delayMs: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const end = (): void => {
      signal?.removeEventListener("abort", stop);
      clearTimeout(timer);
    };
    const stop = (): void => {
      end();
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      end();
      resolve();
    }, delayMs);
    signal?.addEventListener("abort", stop, { once: true });
  });

const signalOf = ({ isTimed }: Wire, timeoutMs: number, signal: AbortSignal | undefined): AbortSignal | undefined => {
  if (!isTimed) return signal;
  const timeout = AbortSignal.timeout(timeoutMs);
  return signal ? AbortSignal.any([signal, timeout]) : timeout;
};

/**
 * Sends a request until it is answered or its tries are spent.
 * @returns a successful answer, its body unread
 * @throws {ApiError} for any other; what `fetch` throws when no answer came
 */
export const makeSend = ({ baseUrl, apiKey, timeoutMs = 60_000, maxRetries = 4, ...options }: ClientOptions) => {
  const base = baseUrl.replace(/\/+$/, "");
  const send = options.fetch ?? globalThis.fetch.bind(globalThis);

  return async (wire: Wire, { signal, headers }: CallOptions = {}): Promise<Response> => {
    for (let attempt = 0; ; attempt += 1) {
      const isLast = attempt >= maxRetries;
      let response: Response;
      try {
        const abort = signalOf(wire, timeoutMs, signal);
        response = await send(base + wire.path, {
          method: wire.method,
          headers: { ...wire.headers, ...headers, authorization: `Bearer ${apiKey}` },
          ...(wire.body !== undefined && { body: wire.body }),
          ...(abort && { signal: abort }),
        });
      } catch (error) {
        if (isLast || signal?.aborted) throw error;
        await sleep(pauseMs(attempt, null), signal);
        continue;
      }
      if (response.ok) return response;
      if (isLast || !isWorthRepeating(response)) throw await toApiError(response);
      await response.body?.cancel();
      await sleep(pauseMs(attempt, response.headers.get("retry-after")), signal);
    }
  };
};
export type Send = ReturnType<typeof makeSend>;
