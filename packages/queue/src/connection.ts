import { Redis, type RedisOptions } from "ioredis";

/** What every part that talks to the queues is given. `url` is a secret: it is revealed here and nowhere else. */
export interface RedisSettings {
  readonly url: { reveal(): string };
  /** `JOB_QUEUE_NAME`: what all queue names start with. */
  readonly baseName: string;
  /** `JOB_QUEUE_PREFIX`: what all keys start with; `{bull}` keeps them in one slot of a Redis Cluster. */
  readonly prefix: string;
}

/** @example queueName("agent-jobs", { name: "kb-files" }) // "agent-jobs-kb-files" */
export const queueName = (baseName: string, queue: { readonly name: string; readonly bare?: true }): string =>
  queue.bare ? baseName : `${baseName}-${queue.name}`;

/**
 * Host, credentials, database and TLS of a `redis://` or `rediss://` address.
 * @throws {TypeError} for any other address, without repeating it.
 */
export const redisAddress = (address: string): RedisOptions => {
  const url = URL.parse(address);
  if (url === null || (url.protocol !== "redis:" && url.protocol !== "rediss:") || url.hostname === "") {
    throw new TypeError("The Redis address must look like redis://host:6379 or rediss://user:password@host:6379");
  }
  const database = Number(url.pathname.slice(1) || 0);
  if (!Number.isSafeInteger(database) || database < 0) {
    throw new TypeError("The path of the Redis address must be a database number, as in redis://host:6379/0");
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  return {
    host,
    port: Number(url.port || 6379),
    db: database,
    // Both address families: private networks (Fly's, for one) are IPv6 only.
    family: 0,
    ...(url.username === "" ? {} : { username: decodeURIComponent(url.username) }),
    ...(url.password === "" ? {} : { password: decodeURIComponent(url.password) }),
    ...(url.protocol === "rediss:" ? { tls: { servername: host } } : {}),
  };
};

const shared: RedisOptions = {
  connectTimeout: 5_000,
  // Half of the delay is random, so that a fleet does not come back in step; 2 s is the longest anybody waits.
  retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 6), 2_000) * (0.5 + Math.random() / 2),
  // After a failover the old primary answers READONLY: reconnect and send the command again.
  reconnectOnError: (error) => (error.message.startsWith("READONLY") ? 2 : false),
};

/**
 * A connection that answers or fails quickly, for those who enqueue and look.
 * The caller still needs a deadline of its own: BullMQ waits for a connection that was never there.
 */
export const connectProducer = (settings: RedisSettings, onError: (error: Error) => void): Redis => {
  const connection = new Redis({
    ...redisAddress(settings.url.reveal()),
    ...shared,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: 1_500,
    // Longer than a command may take, short enough that a frozen or half-open connection is soon replaced.
    socketTimeout: 4_000,
  });
  // Without a listener an error event would end the process.
  connection.on("error", onError);
  return connection;
};

/**
 * A connection that waits for as long as an outage lasts, for those who take jobs. Never a command timeout here: it
 * would drop the reply that says which job was taken. A half-open connection (a middlebox that forgot it) is noticed
 * by `socketTimeoutMs` alone; it must be above the longest blocking read.
 */
export const connectConsumer = (
  settings: RedisSettings,
  socketTimeoutMs: number,
  onError: (error: Error) => void,
): Redis => {
  const connection = new Redis({
    ...redisAddress(settings.url.reveal()),
    ...shared,
    maxRetriesPerRequest: null,
    socketTimeout: socketTimeoutMs,
  });
  connection.on("error", onError);
  return connection;
};
