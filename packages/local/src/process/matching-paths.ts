import { glob } from "node:fs/promises";
import { join } from "node:path";

/** The absolute paths below `folder` that match any of `patterns`; empty where the folder is missing. */
export const matchingPaths = async (folder: string, patterns: readonly string[]): Promise<string[]> => {
  const paths: string[] = [];
  for await (const path of glob(patterns, { cwd: folder })) paths.push(join(folder, path));
  return paths;
};
