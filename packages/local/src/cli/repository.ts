import { join } from "node:path";

/** The root of this repository. */
export const repository = join(import.meta.dirname, "../../../..");

/** Where `--keep` keeps data; ignored by git. */
export const keptDataFolder = join(repository, ".stack");

export const appsFolder = join(repository, "apps");

export const dashboardFolder = join(repository, "packages", "dashboard");

/** Compiled sources, so that a second start of the apps is quicker. Survives a reinstall. */
export const compileCacheFolder = join(repository, "node_modules", ".cache", "node-compile");
