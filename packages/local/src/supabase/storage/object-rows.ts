import type { Connection } from "../executor.ts";
import { sql, value } from "../sql.ts";
import type { ObjectKey } from "./object-key.ts";
import { records } from "./storage-context.ts";
import { noSuchObject } from "./storage-error.ts";

/** A row of storage.objects. */
export interface StoredObject {
  readonly id: string;
  readonly bucket_id: string;
  readonly name: string;
  readonly version: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly metadata: {
    readonly eTag: string;
    readonly size: number;
    readonly mimetype: string;
    readonly cacheControl: string;
    readonly lastModified: string;
  };
  readonly user_metadata: Readonly<Record<string, unknown>> | null;
}

/** @throws {StorageError} NoSuchKey, also where policies hide the object */
export const findObject = async (connection: Connection, { bucket, name }: ObjectKey): Promise<StoredObject> => {
  const [found] = await records<StoredObject>(
    connection,
    sql`select row_to_json(o)::text as record from storage.objects o where bucket_id = ${value(bucket)} and name = ${value(name)}`,
  );
  if (found === undefined) throw noSuchObject();
  return found;
};

export interface NewObject extends ObjectKey {
  readonly version: string;
  readonly ownerId: string | undefined;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly userMetadata: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Inserts the row, or replaces the one of that name where `upsert` allows it.
 * @throws The database's 23505 where it does not, 42501 where policies refuse
 */
export const putObject = async (
  connection: Connection,
  object: NewObject,
  upsert: boolean,
): Promise<{ readonly id: string; readonly replacedVersion: string | undefined }> => {
  const { bucket, name, version, ownerId } = object;
  const userMetadata = object.userMetadata === undefined ? null : JSON.stringify(object.userMetadata);
  const onConflict = upsert
    ? sql` on conflict (bucket_id, name) do update set version = excluded.version, metadata = excluded.metadata,
        user_metadata = excluded.user_metadata, owner_id = excluded.owner_id, updated_at = now()`
    : sql``;
  const replaced = sql`(select o.version from storage.objects o where o.bucket_id = ${value(bucket)} and o.name = ${value(name)})`;
  const old = upsert ? await connection.query(sql`select ${replaced} as version`) : [];
  const [row] =
    await connection.query(sql`insert into storage.objects (bucket_id, name, version, owner_id, metadata, user_metadata)
    values (${value(bucket)}, ${value(name)}, ${value(version)}, ${value(ownerId ?? null)},
      ${value(JSON.stringify(object.metadata))}::jsonb, ${value(userMetadata)}::jsonb)${onConflict} returning id::text as id`);
  const replacedVersion = old[0]?.version;
  return { id: String(row?.id), replacedVersion: typeof replacedVersion === "string" ? replacedVersion : undefined };
};
