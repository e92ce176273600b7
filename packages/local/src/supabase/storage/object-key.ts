import { StorageError } from "./storage-error.ts";

export interface ObjectKey {
  readonly bucket: string;
  readonly name: string;
}

// S3's limit. Of characters it refuses only those that no store takes. Hosted Supabase also refuses everything outside
// ASCII (github.com/supabase/storage/issues/133); here people's own names work, so code for both must not rely on them.
const maxNameBytes = 1_024;
// oxlint-disable-next-line no-control-regex -- control characters are what it is about
const refused = /[\u0000-\u001f\u007f\\\ufffe\uffff]/u;

/** @throws {StorageError} InvalidKey */
export const checkName = (name: string): string => {
  const segments = name.split("/");
  const bad =
    name === "" ||
    Buffer.byteLength(name) > maxNameBytes ||
    refused.test(name) ||
    !name.isWellFormed() ||
    segments.some((segment) => segment === "." || segment === ".." || segment === "");
  if (bad) throw new StorageError(400, "InvalidKey", "InvalidKey", `Invalid key: ${name}`);
  return name;
};

/** `bucket/a/b.txt` as decoded path segments. */
export const toKey = (segments: readonly string[]): ObjectKey => {
  const [bucket = "", ...rest] = segments;
  return { bucket, name: checkName(rest.join("/")) };
};

export const keyText = ({ bucket, name }: ObjectKey): string => `${bucket}/${name}`;
