import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** The first executable of these names in the folders of `path` (a PATH), names in order of preference. */
export const findOnPath = async (names: readonly string[], path: string): Promise<string | undefined> => {
  for (const name of names) {
    for (const folder of path.split(delimiter).filter((entry) => entry !== "")) {
      const file = join(folder, name);
      try {
        await access(file, constants.X_OK);
        return file;
      } catch {
        // Not here: look in the next folder.
      }
    }
  }
  return undefined;
};
