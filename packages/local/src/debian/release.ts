import { readFile } from "node:fs/promises";
import { parseEnv } from "node:util";

export interface Release {
  /** `debian`, `ubuntu`, … */
  readonly id: string;
  /** `12`, `24.04`, … */
  readonly version: string;
  /** `bookworm`, `noble`, …: the name of the suite that packages come from. */
  readonly codename: string;
}

/** What this Linux calls itself, from /etc/os-release. */
export const readRelease = async (): Promise<Release> => {
  const release = parseEnv(await readFile("/etc/os-release", "utf8"));
  return {
    id: release["ID"] ?? "linux",
    version: release["VERSION_ID"] ?? "unknown",
    codename: release["VERSION_CODENAME"] ?? "unknown",
  };
};
