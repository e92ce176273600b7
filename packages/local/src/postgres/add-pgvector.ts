import { execFile } from "node:child_process";
import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Apt, withApt } from "../debian/apt.ts";
import { readRelease } from "../debian/release.ts";
import { readSourceFiles, sourcesOfSuite } from "../debian/sources.ts";
import { environment } from "../process/environment.ts";
import { findOnPath } from "../process/find-on-path.ts";
import { matchingPaths } from "../process/matching-paths.ts";

const run = promisify(execFile);

/** The first with the type halfvec. */
const oldestUsable = { major: 0, minor: 7 };

/** The suite whose pgvector source is fetched where the machine's own release has none or one too old. */
const suiteWithSource: Readonly<Record<string, string>> = { debian: "trixie", ubuntu: "resolute" };

const isUsable = (policy: string): boolean => {
  const [, major, minor] = /Candidate: (?:\d+:)?(\d+)\.(\d+)/.exec(policy) ?? [];
  if (major === undefined) return false;
  return Number(major) > oldestUsable.major || Number(minor) >= oldestUsable.minor;
};

const fetchSource = async (folder: string): Promise<string> => {
  const { id, codename } = await readRelease();
  const suite = suiteWithSource[id];
  const sources = suite === undefined ? "" : sourcesOfSuite(await readSourceFiles(), codename, suite);
  if (sources === "") throw new Error(`no mirror for the source of pgvector is known on ${id} ${codename}`);
  await withApt(sources, (apt) =>
    apt.run("apt-get", ["-qq", "source", "--download-only", "pgvector"], { cwd: folder }),
  );
  const [archive] = await matchingPaths(folder, ["*.orig.tar.*"]);
  if (archive === undefined) throw new Error("the source package of pgvector holds no archive");
  await run("tar", ["--extract", "--file", archive, "--strip-components=1"], { cwd: folder });
  return folder;
};

/** What pgvector's Makefile does, without the build system of Postgres, which would draw in clang and LLVM. */
const compile = async (source: string, headers: string, output: string): Promise<void> => {
  const gcc = await findOnPath(["gcc", "cc"], environment["PATH"] ?? "");
  if (gcc === undefined) throw new Error("a C compiler is missing: install gcc and libc6-dev");
  const files = await matchingPaths(source, ["src/*.c"]);
  const optimise = ["-O2", "-ftree-vectorize", "-fassociative-math", "-fno-signed-zeros", "-fno-trapping-math"];
  await run(gcc, ["-shared", "-fPIC", "-w", ...optimise, `-I${headers}`, ...files, "-o", output], { timeout: 300_000 });
};

/** Adds the extension `vector` to the Postgres of version `major` unpacked under `root`: a package, else built. */
export const addPgvector = async (apt: Apt, major: number, root: string): Promise<void> => {
  const packaged = `postgresql-${major}-pgvector`;
  if (isUsable(await apt.run("apt-cache", ["policy", packaged]))) return apt.unpack([packaged], root);
  const headers = join(apt.workFolder, "headers");
  const [source] = await Promise.all([
    fetchSource(apt.workFolder),
    apt.unpack([`postgresql-server-dev-${major}`], headers),
  ]);
  const extensions = join(root, `usr/share/postgresql/${major}/extension`);
  const control = await readFile(join(source, "vector.control"), "utf8");
  const [, version = "unknown"] = /default_version = '([^']+)'/.exec(control) ?? [];
  await compile(
    source,
    join(headers, `usr/include/postgresql/${major}/server`),
    join(root, `usr/lib/postgresql/${major}/lib/vector.so`),
  );
  await copyFile(join(source, "vector.control"), join(extensions, "vector.control"));
  await copyFile(join(source, "sql/vector.sql"), join(extensions, `vector--${version}.sql`));
};
