import { PermanentError } from "@gpt-agent/jobs/errors";
import type { Supabase } from "./client.ts";
import { failure } from "./errors.ts";

/** The one bucket, private; made by the migrations. */
export const bucket = "agent-jobs";

export interface Files {
  /** Replaces an object of the same path. @param body bytes, or a Blob, which is streamed */
  upload(input: {
    readonly orgId: string;
    readonly path: string;
    readonly body: Blob | Uint8Array | string;
    readonly contentType: string;
  }): Promise<void>;
  /**
   * The content as it comes, none of it held: `body` for a stream, `text()`, `bytes()`.
   * @throws {PermanentError} file_missing when there is no such object
   */
  download(input: { readonly orgId: string; readonly path: string }): Promise<Response>;
  /**
   * Copies an object of another bucket, or of another place in this one, to the organisation's folder.
   * @throws {PermanentError} file_missing when there is no such object
   */
  adopt(input: {
    readonly orgId: string;
    readonly fromBucket: string;
    readonly fromPath: string;
    readonly path: string;
  }): Promise<void>;
  /** Size and claimed type without the content; undefined when there is no such object. */
  find(input: { readonly orgId: string; readonly path: string }): Promise<StoredFile | undefined>;
  /** Gone already is no error. */
  remove(input: { readonly orgId: string; readonly paths: readonly string[] }): Promise<void>;
}

export interface StoredFile {
  readonly byteSize: number;
  readonly contentType: string | null;
}

/** `<orgId>/texts/<documentId>/<generation>.txt`, UTF-8: what the chunks' offsets count in. */
export const textPath = (orgId: string, documentId: string, generation: number): string =>
  `${orgId}/texts/${documentId}/${generation}.txt`;

/** @throws {PermanentError} tenant_mismatch for a path outside the organisation's folder */
const checkPath = (orgId: string, path: string): void => {
  const outside =
    !path.startsWith(`${orgId}/`) || path.split("/").some((part) => part === "" || part === "." || part === "..");
  if (outside)
    throw new PermanentError("tenant_mismatch", `path ${path} is outside the folder of organisation ${orgId}`);
};

/** Storage refuses a request that names more. */
const maxPathsPerRemoval = 1000;

export const makeFiles = (supabase: Supabase): Files => {
  const store = () => supabase.storage.from(bucket);
  return {
    async upload({ orgId, path, body, contentType }) {
      checkPath(orgId, path);
      const { error } = await store().upload(path, body, { contentType, upsert: true });
      if (error) throw storageFailure(`uploading ${path}`, error);
    },

    async download({ orgId, path }) {
      checkPath(orgId, path);
      const { data, error } = await store().download(path).asStream();
      if (!error) return new Response(data);
      if (isMissing(error)) {
        throw new PermanentError("file_missing", `The stored file ${path} is gone. Upload it again.`, { cause: error });
      }
      throw storageFailure(`downloading ${path}`, error);
    },

    async adopt({ orgId, fromBucket, fromPath, path }) {
      checkPath(orgId, path);
      // Within our own bucket nobody's files but the organisation's.
      if (fromBucket === bucket) checkPath(orgId, fromPath);
      // A copy replaces nothing; what an earlier attempt left is as good.
      if (fromBucket === bucket && fromPath === path) return;
      const { error } = await supabase.storage.from(fromBucket).copy(fromPath, path, { destinationBucket: bucket });
      if (!error || isTaken(error)) return;
      if (isMissing(error)) {
        throw new PermanentError("file_missing", `The file ${fromPath} is not in the bucket ${fromBucket}.`, {
          cause: error,
        });
      }
      throw storageFailure(`copying ${fromPath} of ${fromBucket}`, error);
    },

    async find({ orgId, path }) {
      checkPath(orgId, path);
      const { data, error } = await store().info(path);
      if (!error) return { byteSize: data.size ?? 0, contentType: data.contentType ?? null };
      if (isMissing(error)) return undefined;
      throw storageFailure(`looking up ${path}`, error);
    },

    async remove({ orgId, paths }) {
      for (const path of paths) checkPath(orgId, path);
      for (let from = 0; from < paths.length; from += maxPathsPerRemoval) {
        const { error } = await store().remove(paths.slice(from, from + maxPathsPerRemoval));
        if (error && !isMissing(error)) throw storageFailure(`removing ${paths.length} files`, error);
      }
    },
  };
};

interface StorageRefusal {
  readonly message: string;
  readonly status?: number | undefined;
  readonly statusCode?: string | undefined;
}

/** Storage answers 400 with the real status in the body. */
const statusOf = ({ status, statusCode }: StorageRefusal): number => Number(statusCode) || (status ?? 0);
const isMissing = (error: StorageRefusal): boolean => statusOf(error) === 404 || error.statusCode === "NoSuchKey";

const isTaken = (error: StorageRefusal): boolean => statusOf(error) === 409 || error.statusCode === "Duplicate";

const storageFailure = (doing: string, error: StorageRefusal): Error =>
  failure(doing, { message: error.message }, statusOf(error), "storage_unavailable");
