import { mkdir } from "node:fs/promises";
import { environment } from "../process/environment.ts";
import { onFreePort } from "../process/free-port.ts";
import { startServer } from "../process/start-server.ts";
import { temporaryFolder } from "../process/temporary-folder.ts";
import { findRedis } from "./find-redis.ts";

export interface StartRedisOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Where data lies and is kept. Default: a temporary folder that goes with the server. */
  readonly dataDir?: string;
  /** Keeps every write on disk, so that a server started later on the same folder has them. Default: false. */
  readonly appendOnly?: boolean;
  /** The PATH that is searched for a server. Default: this process's. */
  readonly path?: string;
}

export interface PrivateRedis {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Settles when the server has ended, asked or not. */
  readonly ended: Promise<unknown>;
  stop(): Promise<void>;
}

/**
 * A Redis of our own, on loopback only, with none of the machine's configuration: from PATH, else in Docker, else
 * from the distribution's package, unpacked and not installed. It ends with this process, however that ends.
 * @throws {Error} saying what to install where none of the three is possible.
 */
export const startRedis = async (options: StartRedisOptions = {}): Promise<PrivateRedis> => {
  const redis = await findRedis(options.path ?? environment["PATH"] ?? "");
  const temporary = options.dataDir === undefined ? await temporaryFolder("redis") : undefined;
  const dataDir = options.dataDir ?? temporary?.path ?? ".";
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  try {
    return await onFreePort(options.port, async (port) => {
      const server = await startServer(redis.command({ port, dataDir, appendOnly: options.appendOnly ?? false }), {
        name: `Redis (${redis.origin})`,
        ready: /Ready to accept connections/,
        readyTimeoutMs: redis.readyTimeoutMs,
        stopSignal: "TERM",
        graceMs: 5_000,
      });
      const stop = async (): Promise<void> => {
        await server.stop();
        await temporary?.remove();
      };
      return { url: `redis://127.0.0.1:${port}`, port, pid: server.pid, ended: server.ended, stop };
    });
  } catch (error) {
    await temporary?.remove();
    throw error;
  }
};
