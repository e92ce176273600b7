import { chmod, lstat, mkdir, rename, rm } from "node:fs/promises";
import { homedir, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { removeWithUs } from "../process/tether.ts";
import { readRelease } from "./release.ts";

/** What root fetched must be readable to the unprivileged user that Postgres runs as, so not under /root. */
const candidates = (uid: number): string[] => [
  uid === 0 ? "/var/cache/gpt-agent" : join(homedir(), ".cache", "gpt-agent"),
  join(tmpdir(), `gpt-agent-cache-${uid}`),
];

const openCache = async (): Promise<string> => {
  const { uid } = userInfo();
  for (const folder of candidates(uid)) {
    try {
      await mkdir(folder, { recursive: true });
      await chmod(folder, 0o755); // Whatever the umask: see above.
      const entry = await lstat(folder);
      // Others may create names in the temporary folder: programs are run from here, so it has to be ours.
      if (entry.isDirectory() && entry.uid === uid && (entry.mode & 0o022) === 0) return folder;
    } catch {
      // Not writable: try the next.
    }
  }
  throw new Error(`No folder to keep downloads in: make one of these writable: ${candidates(uid).join(", ")}`);
};

/** `debian-12-x64`: what a program unpacked here was made for. */
const platform = async (): Promise<string> => {
  const { id, version } = await readRelease();
  return `${id}-${version}-${process.arch}`;
};

const exists = async (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

/**
 * The cached folder `name`, made by `fill` where it is missing. Several processes may fill at once, each its own
 * copy: the first to finish is renamed into place, so a half-made folder is never seen.
 */
export const cachedFolder = async (name: string, fill: (folder: string) => Promise<void>): Promise<string> => {
  const cache = await openCache();
  const folder = join(cache, `${name}-${await platform()}`);
  if (await exists(folder)) return folder;
  const unfinished = `${folder}.${process.pid}-${Date.now()}`;
  removeWithUs(unfinished);
  await mkdir(unfinished);
  try {
    await chmod(unfinished, 0o755);
    await fill(unfinished);
    await rename(unfinished, folder);
  } catch (error) {
    if (!(await exists(folder))) throw error;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return folder;
};
