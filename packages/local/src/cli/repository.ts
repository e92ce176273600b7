import { join } from "node:path";

/** The root of this repository. */
export const repository = join(import.meta.dirname, "../../../..");

/** Where `--keep` keeps data; ignored by git. */
export const keptDataFolder = join(repository, ".stack");

export const appsFolder = join(repository, "apps");
