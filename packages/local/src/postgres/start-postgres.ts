import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chown, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { environment } from "../process/environment.ts";
import { onFreePort } from "../process/free-port.ts";
import { startServer } from "../process/start-server.ts";
import { temporaryFolder } from "../process/temporary-folder.ts";
import { findPostgres } from "./find-postgres.ts";

export interface StartPostgresOptions {
  /** The PATH that is searched. Default: this process's. */
  readonly path?: string;
  /** Default: Debian's `/usr/lib/postgresql`. */
  readonly versionsFolder?: string;
  /** Every commit is on disk before it is answered, as in production; for measurements. Default: no. */
  readonly durable?: boolean;
}

export interface PrivatePostgres {
  /** Of the superuser `postgres`, with its password. */
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Debian's and everybody's `nobody`: Postgres refuses to run as root. */
const nobody = { uid: 65_534, gid: 65_534 };

const settings = [
  "listen_addresses=127.0.0.1",
  "unix_socket_directories=",
  "max_connections=200",
  "shared_buffers=64MB",
  "jit=off",
];
/** For tests: data that goes with the server need not survive a power cut. */
const forgetful = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"];

const initdbArgs = (data: string, passwordFile: string): string[] => [
  `--pgdata=${data}`,
  "--username=postgres",
  "--auth=scram-sha-256",
  `--pwfile=${passwordFile}`,
  "--encoding=UTF8",
  "--locale=C.UTF-8",
  "--lc-messages=C",
  "--no-sync",
  "--no-instructions",
];

/**
 * A PostgreSQL with pgvector of our own on loopback, in a temporary folder that goes with it. It ends with this
 * process, however that ends. The first start on a machine without one may take a minute.
 * @throws {Error} saying what is missing.
 */
export const startPostgres = async (options: StartPostgresOptions = {}): Promise<PrivatePostgres> => {
  const { bin, env } = await findPostgres({
    path: options.path ?? environment["PATH"] ?? "",
    versionsFolder: options.versionsFolder ?? "/usr/lib/postgresql",
  });
  const user = userInfo().uid === 0 ? nobody : undefined;
  const chosen = options.durable === true ? settings : [...settings, ...forgetful];
  const folder = await temporaryFolder("postgres");
  const data = join(folder.path, "data");
  const password = randomBytes(16).toString("hex");
  try {
    const passwordFile = join(folder.path, "password");
    await writeFile(passwordFile, password, { mode: 0o600 });
    if (user !== undefined) for (const path of [passwordFile, folder.path]) await chown(path, user.uid, user.gid);
    const options = { cwd: folder.path, env: { ...environment, ...env }, ...user };
    await promisify(execFile)(join(bin, "initdb"), initdbArgs(data, passwordFile), options);
    return await onFreePort(undefined, async (port) => {
      const server = await startServer(
        {
          command: join(bin, "postgres"),
          args: ["-D", data, "-p", String(port), ...chosen.flatMap((setting) => ["-c", setting])],
          cwd: folder.path,
          env,
          ...user,
        },
        {
          name: `PostgreSQL (${bin})`,
          ready: /database system is ready to accept connections/,
          readyTimeoutMs: 30_000,
          stopSignal: "INT", // "Fast": does not wait for clients.
          graceMs: 10_000,
        },
      );
      const stop = async (): Promise<void> => {
        await server.stop();
        await folder.remove();
      };
      return { url: `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`, pid: server.pid, stop };
    });
  } catch (error) {
    await folder.remove();
    throw error;
  }
};
