import { basename, dirname, join } from "node:path";
import { matchingPaths } from "../process/matching-paths.ts";

export interface App {
  /** Of its folder and, for a worker, of its queue. */
  readonly name: string;
  readonly folder: string;
  readonly isWorker: boolean;
}

/** What can be started below `appsFolder`: the API first, then the workers by name. */
export const findApps = async (appsFolder: string): Promise<App[]> => {
  const mains = await matchingPaths(appsFolder, [join("*", "src", "main.ts")]);
  const apps = mains.map((main) => {
    const folder = dirname(dirname(main));
    return { name: basename(folder), folder, isWorker: basename(folder) !== "api" };
  });
  return apps.sort((a, b) => Number(a.isWorker) - Number(b.isWorker) || a.name.localeCompare(b.name));
};
