import { buildConnector, Pool } from "undici";

/** Opens a socket to `hostname`, which is an address here; the host's name stays in `host`, for SNI. */
export type Dial = buildConnector.connector;

export interface PinnedPools {
  /**
   * Connections to one address on behalf of one origin. Another address of the same name has connections of its own, so
   * that a name that moves, or lies, never gets one that was opened under an earlier answer.
   */
  readonly at: (origin: string, address: string) => Pool;
  /** Also connections that are still being opened. */
  readonly destroy: () => Promise<void>;
}

const maxPools = 1_000;

/** @param dial for tests: what opens the sockets */
export const makePinnedPools = (
  // HTTP/2 would let the other side open streams and send settings; one exchange at a time is all that is needed.
  dial: Dial = buildConnector({ allowH2: false, timeout: 10_000, maxCachedSessions: maxPools }),
): PinnedPools => {
  const pools = new Map<string, Pool>();
  return {
    at: (origin, address) => {
      const key = `${origin} ${address}`;
      const known = pools.get(key);
      if (known !== undefined) {
        pools.delete(key);
        pools.set(key, known);
        return known;
      }
      const pool = new Pool(origin, {
        connect: (options, callback) => dial({ ...options, hostname: address }, callback),
        allowH2: false,
        pipelining: 1,
        // The caller's clock is the one that counts.
        headersTimeout: 0,
        bodyTimeout: 0,
        keepAliveTimeout: 4_000,
        keepAliveMaxTimeout: 30_000,
        maxHeaderSize: 32_768,
      });
      pools.set(key, pool);
      const oldest = pools.size > maxPools ? pools.entries().next().value : undefined;
      if (oldest !== undefined) {
        pools.delete(oldest[0]);
        void oldest[1].close();
      }
      return pool;
    },
    destroy: async () => {
      const open = [...pools.values()];
      pools.clear();
      await Promise.all(open.map((pool) => pool.destroy()));
    },
  };
};
