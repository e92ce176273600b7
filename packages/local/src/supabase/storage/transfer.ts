import type { HttpResponse } from "../http.ts";
import { jsonResponse } from "../http.ts";
import { sql, value } from "../sql.ts";
import { bucketRules } from "./buckets.ts";
import type { ObjectKey } from "./object-key.ts";
import { checkName, keyText } from "./object-key.ts";
import type { StoredObject } from "./object-rows.ts";
import { findObject, putObject } from "./object-rows.ts";
import type { StorageContext } from "./storage-context.ts";
import { readJsonObject, records, requiredText } from "./storage-context.ts";
import { invalidRequest, noSuchObject } from "./storage-error.ts";
import { wantsUpsert } from "./upload.ts";

const readKeys = async (
  context: StorageContext,
): Promise<{ from: ObjectKey; to: ObjectKey; json: Readonly<Record<string, unknown>> }> => {
  const json = await readJsonObject(context);
  const bucket = requiredText(json, "bucketId");
  const target = typeof json.destinationBucket === "string" ? json.destinationBucket : bucket;
  const from = { bucket, name: checkName(requiredText(json, "sourceKey")) };
  const to = { bucket: target, name: checkName(requiredText(json, "destinationKey")) };
  await bucketRules(context, from.bucket);
  await bucketRules(context, to.bucket);
  return { from, to, json };
};

/** POST `/object/move`: the content stays where it is, the row gets another name. */
export const move = async (context: StorageContext): Promise<HttpResponse> => {
  const { from, to } = await readKeys(context);
  const id = await context.asCaller(async (connection) => {
    const found = await findObject(connection, from);
    const [moved] = await connection.query(sql`update storage.objects
      set bucket_id = ${value(to.bucket)}, name = ${value(to.name)}, updated_at = now()
      where id = ${value(found.id)}::uuid returning id::text as id`);
    if (moved === undefined) throw noSuchObject();
    return String(moved.id);
  });
  return jsonResponse(200, { message: "Successfully moved", Id: id, Key: keyText(to) });
};

/** POST `/object/copy` */
export const copy = async (context: StorageContext): Promise<HttpResponse> => {
  const { from, to, json } = await readKeys(context);
  const source = await context.asCaller((connection) => findObject(connection, from));
  const version = await context.files.copy(source.version);
  const { sub } = context.caller.claims;
  try {
    const { id, replacedVersion } = await context.asCaller((connection) =>
      putObject(
        connection,
        {
          ...to,
          version,
          ownerId: typeof sub === "string" ? sub : undefined,
          metadata: { ...source.metadata, lastModified: new Date().toISOString() },
          userMetadata: json.copyMetadata === false ? undefined : (source.user_metadata ?? undefined),
        },
        wantsUpsert(context),
      ),
    );
    if (replacedVersion !== undefined) await context.files.remove([replacedVersion]);
    return jsonResponse(200, { Id: id, Key: keyText(to) });
  } catch (error) {
    await context.files.remove([version]);
    throw error;
  }
};

const deleteNamed = async (
  context: StorageContext,
  bucket: string,
  names: readonly string[],
): Promise<StoredObject[]> => {
  const removed = await context.asCaller((connection) =>
    records<StoredObject>(
      connection,
      sql`delete from storage.objects as o where bucket_id = ${value(bucket)}
        and name in (select json_array_elements_text(${value(JSON.stringify(names))}::json)) returning row_to_json(o)::text as record`,
    ),
  );
  await context.files.remove(removed.map(({ version }) => version));
  return removed;
};

/** DELETE `/object/:bucket` with `{ prefixes }`, which are whole names: the objects that were there. */
export const removeObjects = async (context: StorageContext, bucket: string): Promise<HttpResponse> => {
  await bucketRules(context, bucket);
  const { prefixes } = await readJsonObject(context);
  if (!Array.isArray(prefixes)) throw invalidRequest("body must have required property 'prefixes'");
  return jsonResponse(200, await deleteNamed(context, bucket, prefixes.map(String)));
};

/** DELETE `/object/:bucket/*` */
export const removeObject = async (context: StorageContext, { bucket, name }: ObjectKey): Promise<HttpResponse> => {
  const removed = await deleteNamed(context, bucket, [name]);
  if (removed.length === 0) throw noSuchObject();
  return jsonResponse(200, { message: "Successfully deleted" });
};
