import { StorageError } from "./storage-error.ts";

export interface ObjectKey {
  readonly bucket: string;
  readonly name: string;
}

/** S3's limit. */
const maxNameBytes = 1_024;
// What the hosted Storage takes (supabase/storage, isValidKey): ASCII word characters and these. People's own names,
// Russian ones for instance, are refused there, so they are refused here.
const allowed = /^[\w/!\-.*'() &$@=;:+,?]*$/;

/** @throws {StorageError} InvalidKey */
export const checkName = (name: string): string => {
  const segments = name.split("/");
  const bad =
    name === "" ||
    Buffer.byteLength(name) > maxNameBytes ||
    !allowed.test(name) ||
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
