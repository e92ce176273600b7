import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { Socket } from "node:net";
import { extname, join } from "node:path";
import type { Readable } from "node:stream";
import { endWithUs, hasEnded } from "../process/tether.ts";
import { temporaryFolder } from "../process/temporary-folder.ts";
import type { ProjectKeys } from "./keys.ts";
import type { ServerOptions } from "./open-server.ts";
import type { SqlFile } from "./prepare-database.ts";
import type { FromServer, ToServer } from "./process-messages.ts";
import { defaultSeedCacheDir } from "./seed-cache.ts";

export interface SupabaseOptions {
  /** Kept between starts, database, files and keys. Without it all of that is temporary. */
  readonly dataDir?: string;
  /** Migrations, then other SQL, in order; each is applied once to a database. */
  readonly sql: readonly SqlFile[];
  /** A real Postgres with pgvector, as a superuser, in place of PGlite. */
  readonly postgresUrl?: string;
  /** Default: any free one. */
  readonly port?: number;
  /** Where databases that have their migrations are kept for the next start. */
  readonly seedCacheDir?: string;
}

export interface LocalSupabase extends ProjectKeys {
  readonly url: string;
  /** Only where it runs on a real Postgres. */
  readonly dbUrl?: string;
  /** Resolves when the server's process has ended, asked or not. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

const stopGraceMs = 10_000;

interface ServerProcess {
  readonly ready: Promise<{ readonly port: number; readonly keys: ProjectKeys }>;
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

const collectTail = (stream: Readable | null): (() => string) => {
  let tail = "";
  stream?.on("data", (chunk: Buffer) => {
    tail = (tail + chunk.toString()).slice(-4_096);
  });
  return () => tail.trim();
};

const waitUntilReady = (child: ChildProcess, stderrTail: () => string): ServerProcess["ready"] =>
  new Promise((resolve, reject) => {
    const refuse = (reason: string): void => reject(new Error(`The local Supabase could not start: ${reason}`));
    child.once("message", (message: FromServer) => {
      if (message.type === "ready") resolve(message);
      else refuse(message.message);
    });
    child.once("error", (error) => refuse(error.message));
    child.once("exit", (code, signal) =>
      refuse(`its process ended (${signal ?? `exit code ${code}`})\n${stderrTail()}`),
    );
  });

/** The event loop of whoever asked stays free, and may end, while the server's process works. */
const letGo = (child: ChildProcess): void => {
  child.unref();
  child.channel?.unref();
  if (child.stderr instanceof Socket) child.stderr.unref();
};

const startProcess = (options: ServerOptions): ServerProcess => {
  const program = join(import.meta.dirname, `server-process${extname(import.meta.filename)}`);
  const child = fork(program, [], { execArgv: [], stdio: ["ignore", "ignore", "pipe", "ipc"] });
  const { pid } = child;
  if (pid !== undefined) endWithUs(pid, "TERM");
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => {
      if (pid !== undefined) hasEnded(pid);
      resolve();
    });
    child.once("error", () => {
      if (pid === undefined) resolve();
    });
  });
  const tell = (message: ToServer): void => {
    if (child.connected) child.send(message, () => {});
  };
  const ready = waitUntilReady(child, collectTail(child.stderr));
  tell({ type: "start", options });
  return {
    ready: ready.finally(() => letGo(child)),
    ended,
    stop: async () => {
      const timer = setTimeout(() => child.kill("SIGKILL"), stopGraceMs);
      child.ref();
      tell({ type: "stop" });
      await ended.finally(() => clearTimeout(timer));
    },
  };
};

/**
 * Starts a Supabase for development and tests: PostgREST's API under `/rest/v1` and Storage's under `/storage/v1`, on
 * loopback, over PGlite or a real Postgres. Server and database have a process of their own, which ends with this one.
 * @throws {Error} with the reason, when a migration fails for instance; nothing is left running
 */
export const startSupabase = async (options: SupabaseOptions): Promise<LocalSupabase> => {
  const temporary = options.dataDir === undefined ? await temporaryFolder("supabase") : undefined;
  const dataDir = options.dataDir ?? temporary?.path ?? "";
  const { postgresUrl } = options;
  const server = startProcess({
    dataDir,
    sql: options.sql,
    port: options.port ?? 0,
    seedCacheDir: options.seedCacheDir ?? defaultSeedCacheDir(),
    ...(postgresUrl === undefined ? {} : { postgresUrl }),
  });
  const stop = async (): Promise<void> => {
    await server.stop();
    await temporary?.remove();
  };
  try {
    const { port, keys } = await server.ready;
    return {
      ...keys,
      url: `http://127.0.0.1:${port}`,
      ...(postgresUrl === undefined ? {} : { dbUrl: postgresUrl }),
      ended: server.ended,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};
