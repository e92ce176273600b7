import { execFile } from "node:child_process";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { temporaryFolder } from "../process/temporary-folder.ts";

const run = promisify(execFile);

export interface Apt {
  /** Runs `apt-get` or `apt-cache` with a state of its own and returns its standard output. */
  run(tool: "apt-get" | "apt-cache", args: readonly string[], options?: { readonly cwd: string }): Promise<string>;
  /** Fetches binary packages and unpacks them over each other into `root`. Nothing is installed or configured. */
  unpack(packages: readonly string[], root: string): Promise<void>;
  /** An empty folder for what is fetched. */
  readonly workFolder: string;
}

/**
 * Lends an apt whose lists, cache and status are private and temporary: it needs no root and no earlier
 * `apt-get update`, and it neither reads nor changes what is installed. `sources` replaces the machine's own sources
 * (one-line format).
 * @throws {Error} where apt is missing or the mirrors do not answer.
 */
export const withApt = async <T>(sources: string | undefined, use: (apt: Apt) => Promise<T>): Promise<T> => {
  const temporary = await temporaryFolder("apt");
  const state = temporary.path;
  const workFolder = join(state, "work");
  for (const folder of ["lists/partial", "archives/partial", "work"]) {
    await mkdir(join(state, folder), { recursive: true });
  }
  await writeFile(join(state, "status"), "");
  const settings: Record<string, string> = {
    "Dir::State": state,
    "Dir::State::Lists": join(state, "lists"),
    "Dir::State::status": join(state, "status"),
    "Dir::Cache": state,
    "Dir::Cache::archives": join(state, "archives"),
    "Dir::Log": state,
    "Acquire::Languages": "none",
    "Acquire::Retries": "2",
    "APT::Update::Post-Invoke": "",
    "APT::Update::Post-Invoke-Success": "",
    "APT::Sandbox::User": "root", // Root would otherwise fetch as a user that cannot write here.
  };
  if (sources !== undefined) {
    await writeFile(join(state, "sources.list"), sources);
    settings["Dir::Etc::SourceList"] = join(state, "sources.list");
    settings["Dir::Etc::SourceParts"] = "/dev/null";
  }
  const options = Object.entries(settings).flatMap(([key, value]) => ["-o", `${key}=${value}`]);
  const apt: Apt = {
    workFolder,
    run: async (tool, args, { cwd } = { cwd: workFolder }) => {
      const { stdout } = await run(tool, [...options, ...args], { cwd, maxBuffer: 64 * 2 ** 20, timeout: 300_000 });
      return stdout;
    },
    unpack: async (packages, root) => {
      const folder = join(state, `debs-${packages[0] ?? ""}`);
      await mkdir(folder);
      await apt.run("apt-get", ["-qq", "download", ...packages], { cwd: folder });
      for (const file of await readdir(folder)) await run("dpkg-deb", ["--extract", join(folder, file), root]);
    },
  };
  try {
    await apt.run("apt-get", ["-qq", "update"]);
    return await use(apt);
  } finally {
    await temporary.remove();
  }
};
