import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { withApt } from "@gpt-agent/local/debian/apt";
import { cachedFolder } from "@gpt-agent/local/debian/cache";
import { libraryPath, unpackWithLibraries } from "@gpt-agent/local/debian/unpack-packages";
import { environment } from "@gpt-agent/local/process/environment";
import { z } from "zod";

const run = promisify(execFile);
const packages = ["buildah", "debootstrap", "golang-github-containers-common", "golang-github-containers-image"];

/** An image's configuration, as `docker inspect` names its fields. */
export type ImageConfig = z.infer<typeof imageConfig>;
const imageConfig = z.object({
  User: z.string(),
  Env: z.array(z.string()),
  Entrypoint: z.array(z.string()),
  Cmd: z.array(z.string()),
  WorkingDir: z.string(),
  // Durations in nanoseconds.
  Healthcheck: z.object({ Test: z.array(z.string()), Interval: z.number(), Timeout: z.number() }),
});

/** Builds and runs images without a daemon and without Docker: buildah with chroot isolation, as root. */
export interface Buildah {
  readonly program: string;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Arguments that come before every command. */
  readonly options: readonly string[];
  /** Runs a command to its end. @returns its standard output @throws {Error} with the end of what it said */
  run(...args: string[]): Promise<string>;
  /** @throws {Error} where the image lacks a health check, or another field that ours have */
  inspect(image: string): Promise<{ readonly config: ImageConfig; readonly history: string }>;
  /** Where debootstrap and its scripts lie. */
  readonly root: string;
}

/**
 * The distribution's buildah, unpacked into the cache: nothing is installed.
 * @throws {Error} where this is no Debian-like Linux or not root's process
 */
export const openBuildah = async (): Promise<Buildah> => {
  if (process.getuid?.() !== 0) throw new Error("Building images without Docker needs root, for chroot and mounts.");
  const root = await cachedFolder("buildah", (folder) =>
    withApt(undefined, (apt) => unpackWithLibraries(apt, packages, folder)),
  );
  // Beside what was unpacked, so that it goes with it.
  const storage = `${root}.images`;
  await mkdir(storage, { recursive: true });
  const program = join(root, "usr/bin/buildah");
  const env = { ...environment, ...(await libraryPath(root)) };
  const containers = join(root, "etc/containers");
  const options = Object.entries({
    root: join(storage, "root"),
    runroot: join(storage, "run"),
    "storage-driver": "overlay",
    "registries-conf": join(containers, "registries.conf"),
  }).flatMap(([name, value]) => [`--${name}`, value]);
  const policy = ["--signature-policy", join(containers, "policy.json")];
  const withPolicy = new Set(["from", "build", "commit"]);

  const runBuildah = async (...[command = "", ...args]: string[]): Promise<string> => {
    const all = [...options, command, ...(withPolicy.has(command) ? policy : []), ...args];
    try {
      const { stdout } = await run(program, all, { env, maxBuffer: 64 * 2 ** 20 });
      return stdout.trim();
    } catch (error) {
      const { stdout = "", stderr = String(error) } = error as { readonly stdout?: string; readonly stderr?: string };
      const end = (text: string): string => text.trim().split("\n").slice(-25).join("\n");
      throw new Error(`buildah ${command} failed:\n${end(stdout)}\n${end(stderr)}`, { cause: error });
    }
  };
  return {
    program,
    env,
    options,
    root,
    run: runBuildah,
    inspect: async (image) => {
      const text = await runBuildah("inspect", "--type", "image", image);
      const { Docker: docker } = z
        .object({ Docker: z.object({ config: imageConfig, history: z.unknown() }) })
        .parse(JSON.parse(text));
      return { config: docker.config, history: JSON.stringify(docker.history) };
    },
  };
};
