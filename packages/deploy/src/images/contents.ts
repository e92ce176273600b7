import { lstat, readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";

/** What lies in a folder, links not followed. */
export const measure = async (folder: string): Promise<{ readonly bytes: number; readonly paths: string[] }> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const sizes = await Promise.all(files.map(async (path) => (await lstat(path)).size));
  return {
    bytes: sizes.reduce((sum, size) => sum + size, 0),
    paths: files.map((path) => path.slice(folder.length + 1)),
  };
};

const secretFile = /(^|\/)(\.env(\..+)?|\.npmrc|\.git|.*\.pem|id_(rsa|ed25519))$/;
/** Certificates and keys that libraries bring along for their own examples are no secret. */
const ours = (path: string): boolean => !path.startsWith("node_modules/") || path.includes("/@gpt-agent/");

/** Files of ours that should never be in an image. */
export const findSecretFiles = (paths: readonly string[]): string[] =>
  paths.filter((path) => secretFile.test(path) && ours(path));

/** Programs that install other programs' code. */
const packageManagers = ["npm", "npx", "pnpm", "pnpx", "yarn", "yarnpkg", "corepack", "bun", "turbo"];

export const findPackageManagers = async (root: string): Promise<string[]> => {
  const folders = ["usr/local/bin", "usr/bin", "bin", "usr/local/sbin"];
  const names = await Promise.all(folders.map((folder) => readdir(join(root, folder)).catch(() => [])));
  return packageManagers.filter((name) => names.flat().includes(name));
};

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}
export const readManifest = async (path: string): Promise<Manifest> =>
  JSON.parse(await readFile(path, "utf8")) as Manifest;

/** `@types/node` of `node_modules/.pnpm/x@1/node_modules/@types/node/package.json`, with its manifest's path. */
const installedPackages = (paths: readonly string[]): Map<string, string> => {
  const manifest = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\/package\.json$/;
  return new Map(
    paths.flatMap((path): [string, string][] => {
      const name = manifest.exec(path)?.[1];
      return name === undefined || basename(path) !== "package.json" ? [] : [[name, path]];
    }),
  );
};

/**
 * Installed packages that are one of `development` and that nothing installed asks for itself: what a production
 * install should have left out.
 */
export const findDevelopment = async (
  root: string,
  paths: readonly string[],
  development: readonly string[],
): Promise<string[]> => {
  const installed = installedPackages(paths);
  const manifests = await Promise.all(
    [...installed.values(), "package.json"].map((path) => readManifest(join(root, path))),
  );
  const asked = new Set(
    manifests.flatMap(({ dependencies, optionalDependencies, peerDependencies }) =>
      Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }),
    ),
  );
  return development.filter((name) => installed.has(name) && !asked.has(name));
};
