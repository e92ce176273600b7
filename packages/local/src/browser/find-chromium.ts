import { access, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { withApt } from "../debian/apt.ts";
import { cachedFolder } from "../debian/cache.ts";
import { libraryPath, unpackWithLibraries } from "../debian/unpack-packages.ts";
import { environment } from "../process/environment.ts";
import { findOnPath } from "../process/find-on-path.ts";
import { matchingPaths } from "../process/matching-paths.ts";

/** A Chromium that can be started without a screen. */
export interface BrowserProgram {
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Says where the unpacked fonts are: the machine may have neither fonts nor a configuration of its own. */
const fontsConf = (root: string): string => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${join(root, "usr/share/fonts")}</dir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>
`;

/** The distribution's Chromium in a cache folder, about 90 MB to fetch; system folders are not written to. */
const fromPackages = async (): Promise<BrowserProgram> => {
  const root = await cachedFolder("chromium", (folder) =>
    withApt(undefined, (apt) => unpackWithLibraries(apt, ["chromium", "chromium-common", "fonts-dejavu-core"], folder)),
  );
  const file = join(root, "usr/lib/chromium/chromium");
  await access(file);
  const fonts = join(root, "fonts.conf");
  // After the folder was renamed into place: the file names it.
  await writeFile(fonts, fontsConf(root), { flag: "wx" }).catch(() => {});
  const { LD_LIBRARY_PATH } = await libraryPath(root);
  // Some libraries keep their own libraries one folder below.
  const below = await matchingPaths(root, ["usr/lib/*-linux-gnu/{pulseaudio,blas,lapack,nss}"]);
  return { file, env: { LD_LIBRARY_PATH: [LD_LIBRARY_PATH, ...below].join(":"), FONTCONFIG_FILE: fonts } };
};

/** @throws {Error} whose first line says what to install, then why the last resort failed. */
export const findChromium = async (path = environment["PATH"] ?? ""): Promise<BrowserProgram> => {
  const file = await findOnPath(["chromium", "chromium-browser", "google-chrome"], path);
  if (file !== undefined) return { file, env: {} };
  try {
    return await fromPackages();
  } catch (error) {
    throw new Error(
      "Install chromium and run this again.\n" +
        `None is on PATH, and the distribution's package could not be unpacked: ${String(error)}`,
      { cause: error },
    );
  }
};
