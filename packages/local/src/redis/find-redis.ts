import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { withApt } from "../debian/apt.ts";
import { cachedFolder } from "../debian/cache.ts";
import { libraryPath, unpackWithLibraries } from "../debian/unpack-packages.ts";
import { findOnPath } from "../process/find-on-path.ts";
import type { ChildCommand } from "../process/start-child.ts";

export interface RedisSettings {
  readonly port: number;
  readonly dataDir: string;
  readonly appendOnly: boolean;
}

/** One way to have a Redis on this machine. */
export interface RedisProgram {
  /** Where it comes from, for people: a file, an image, a package. */
  readonly origin: string;
  readonly readyTimeoutMs: number;
  command(settings: RedisSettings): ChildCommand;
}

/** Everything is said on the command line, so that no configuration of the machine takes part. */
const serverArgs = (bind: string, { port, dataDir, appendOnly }: RedisSettings): string[] => {
  const settings = {
    bind,
    port: String(port),
    dir: dataDir,
    daemonize: "no",
    logfile: "",
    save: "",
    appendonly: appendOnly ? "yes" : "no",
    "maxmemory-policy": "noeviction",
  };
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
};

const fromFile = (file: string, env: Readonly<Record<string, string>> = {}): RedisProgram => ({
  origin: file,
  readyTimeoutMs: 15_000,
  command: (settings) => ({
    command: file,
    args: serverArgs("127.0.0.1", settings),
    cwd: settings.dataDir,
    env,
  }),
});

/** Valkey rather than Redis: the same protocol under a BSD licence. */
const image = "docker.io/valkey/valkey:8-alpine";

const fromDocker = (docker: string): RedisProgram => ({
  origin: `${docker} run ${image}`,
  readyTimeoutMs: 180_000, // The first start downloads the image.
  command: (settings) => ({
    command: docker,
    args: [
      "run",
      "--rm",
      `--publish=127.0.0.1:${settings.port}:6379`,
      `--volume=${settings.dataDir}:/data`,
      image,
      "valkey-server",
      ...serverArgs("0.0.0.0", { ...settings, port: 6379, dataDir: "/data" }),
      // Reachable from outside the container, whose port is published on loopback alone.
      "--protected-mode",
      "no",
    ],
  }),
});

const engineAnswers = async (docker: string): Promise<boolean> => {
  try {
    await promisify(execFile)(docker, ["version", "--format", "{{.Server.Version}}"], { timeout: 5_000 });
    return true;
  } catch {
    return false;
  }
};

/** The distribution's own package, unpacked once into a cache folder: about 4 seconds, 10 MB, no root. */
const fromPackage = async (): Promise<RedisProgram> => {
  const root = await cachedFolder("redis", (folder) =>
    withApt(undefined, (apt) => unpackWithLibraries(apt, ["redis-server", "redis-tools"], folder)),
  );
  return fromFile(join(root, "usr/bin/redis-server"), await libraryPath(root));
};

/** @throws {Error} whose first line says what to install, then why the last resort failed. */
export const findRedis = async (path: string): Promise<RedisProgram> => {
  const file = await findOnPath(["redis-server", "valkey-server"], path);
  if (file !== undefined) return fromFile(file);
  const docker = await findOnPath(["docker"], path);
  if (docker !== undefined && (await engineAnswers(docker))) return fromDocker(docker);
  try {
    return await fromPackage();
  } catch (error) {
    throw new Error(
      "Install redis-server or valkey-server, or start Docker, and run this again.\n" +
        `No server on PATH, no Docker engine answers, and the distribution's package could not be unpacked: ${String(error)}`,
      { cause: error },
    );
  }
};
