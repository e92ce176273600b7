import { execFile } from "node:child_process";
import { access, realpath } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { withApt } from "../debian/apt.ts";
import { cachedFolder } from "../debian/cache.ts";
import { libraryPath, unpackWithLibraries } from "../debian/unpack-packages.ts";
import { findOnPath } from "../process/find-on-path.ts";
import { matchingPaths } from "../process/matching-paths.ts";
import { addPgvector } from "./add-pgvector.ts";

/** A PostgreSQL with pgvector that can be started. */
export interface PostgresProgram {
  /** The folder of `postgres` and `initdb`. */
  readonly bin: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface FindPostgresOptions {
  /** The PATH to search. */
  readonly path: string;
  /** Where Debian keeps its versions, each with a `bin`, off the PATH. */
  readonly versionsFolder: string;
}

const oldestUsable = 15;
const run = promisify(execFile);

/** Whether the installation of `bin` has the extension and is new enough. */
const isUsable = async (bin: string): Promise<boolean> => {
  try {
    const { stdout } = await run(join(bin, "postgres"), ["--version"]);
    const major = Number(/\(PostgreSQL\) (\d+)/.exec(stdout)?.[1]);
    // Debian's layout, then that of `./configure --prefix` and Homebrew.
    const share = [
      join(bin, `../../../../share/postgresql/${major}`),
      join(bin, "../share/postgresql"),
      join(bin, "../share"),
    ];
    const found = await Promise.allSettled(share.map((folder) => access(join(folder, "extension/vector.control"))));
    return major >= oldestUsable && found.some(({ status }) => status === "fulfilled");
  } catch {
    return false;
  }
};

const findInstalled = async ({ path, versionsFolder }: FindPostgresOptions): Promise<string | undefined> => {
  const onPath = await findOnPath(["postgres"], path);
  const version = (bin: string): number => Number.parseInt(relative(versionsFolder, bin));
  const installed = await matchingPaths(versionsFolder, ["*/bin"]);
  const candidates = installed.toSorted((a, b) => version(b) - version(a));
  if (onPath !== undefined) candidates.unshift(dirname(await realpath(onPath)));
  for (const bin of candidates) if (await isUsable(bin)) return bin;
  return undefined;
};

/** The distribution's PostgreSQL and pgvector in a cache folder; system folders are not written to. */
const fromPackages = (): Promise<string> =>
  cachedFolder("postgres", (root) =>
    withApt(undefined, async (apt) => {
      const depends = await apt.run("apt-cache", ["depends", "postgresql"]);
      const major = Number(/Depends: postgresql-(\d+)/.exec(depends)?.[1]);
      if (!(major >= oldestUsable)) {
        throw new Error(`this release offers PostgreSQL ${major}; at least ${oldestUsable} is needed`);
      }
      await unpackWithLibraries(apt, [`postgresql-${major}`], root);
      await addPgvector(apt, major, root);
    }),
  );

/** @throws {Error} whose first line says what to install, then why the last resort failed. */
export const findPostgres = async (options: FindPostgresOptions): Promise<PostgresProgram> => {
  const installed = await findInstalled(options);
  if (installed !== undefined) return { bin: installed, env: {} };
  try {
    const root = await fromPackages();
    const [bin] = await matchingPaths(root, ["usr/lib/postgresql/*/bin"]);
    if (bin === undefined) throw new Error(`${root} holds no PostgreSQL: remove it and run this again`);
    return { bin, env: await libraryPath(root) };
  } catch (error) {
    throw new Error(
      `Install PostgreSQL ${oldestUsable} or newer with pgvector 0.7 or newer, and run this again.\n` +
        `None is installed, and the distribution's packages could not be unpacked and built: ${String(error)}`,
      { cause: error },
    );
  }
};
