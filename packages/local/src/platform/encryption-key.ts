import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

const newKey = (): string => `hex:${randomBytes(32).toString("hex")}`;

/** A key for this run; where data is kept, the key is kept beside it, or what it sealed would be lost. */
export const localEncryptionKey = async (dataDir: string | undefined): Promise<string> => {
  if (dataDir === undefined) return newKey();
  const file = join(dataDir, "encryption-key");
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  // "wx" refuses to replace a key that is there.
  await writeFile(file, newKey(), { mode: 0o600, flag: "wx" }).catch(() => {});
  return readFile(file, "utf8");
};
