import { matchingPaths } from "../process/matching-paths.ts";
import type { Apt } from "./apt.ts";
import { parseDepends, withLibraries } from "./dependencies.ts";

const onlyNeeded = ["recommends", "suggests", "conflicts", "breaks", "replaces", "enhances"].map(
  (kind) => `--no-${kind}`,
);

/** Unpacks `packages` and the libraries they need into `root`. */
export const unpackWithLibraries = async (apt: Apt, packages: readonly string[], root: string): Promise<void> => {
  const depends = await apt.run("apt-cache", ["depends", "--recurse", ...onlyNeeded, ...packages]);
  await apt.unpack(withLibraries(packages, parseDepends(depends)), root);
};

/** The environment that lets programs unpacked under `root` find their libraries there. */
export const libraryPath = async (root: string): Promise<Record<string, string>> => {
  const folders = await matchingPaths(root, ["usr/lib/*-linux-gnu", "lib/*-linux-gnu"]);
  return { LD_LIBRARY_PATH: folders.join(":") };
};
