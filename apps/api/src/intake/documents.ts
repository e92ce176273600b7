import { createHash } from "node:crypto";
import { PermanentError } from "@gpt-agent/jobs/errors";
import type { Enqueue } from "@gpt-agent/jobs/handler";
import { kbFiles } from "@gpt-agent/jobs/queues/kb-files";
import { knowledgeGraph } from "@gpt-agent/jobs/queues/knowledge-graph";
import type { Files } from "@gpt-agent/supabase/files";
import type { Legacy, LegacyAsset } from "@gpt-agent/supabase/legacy";
import type { DocumentRow, Ports } from "../ports.ts";
import { isUuid, uuidOf } from "./ids.ts";
import type { LegacyJob } from "./legacy-jobs.ts";

export type DocumentIntakePorts = Pick<Ports, "documents" | "versions" | "knowledgeBases" | "newBaseProfileId"> & {
  readonly files: Pick<Files, "adopt" | "find" | "download" | "remove">;
  readonly legacy: Legacy;
};

interface Source {
  readonly orgId: string;
  readonly kind: "asset" | "article";
  readonly id: string;
}

/** The document of an old id: by that very id, or by the one that was made of it. */
const known = async (
  { documents }: DocumentIntakePorts,
  { orgId, kind, id }: Source,
): Promise<DocumentRow | undefined> => {
  const own = isUuid(id) ? await documents.get({ orgId, documentId: id }) : undefined;
  return own ?? documents.get({ orgId, documentId: uuidOf(orgId, kind, id) });
};

const locate = async ({ legacy }: DocumentIntakePorts, { orgId, kind, id }: Source): Promise<LegacyAsset> => {
  const found =
    kind === "asset" ? await legacy.asset({ orgId, assetId: id }) : await legacy.article({ orgId, articleId: id });
  if (found) return found;
  throw new PermanentError(
    "asset_unknown",
    `No file is known for the ${kind} ${id}. Make agent_jobs.legacy_${kind} of your database tell it, then retry the job.`,
  );
};

/** The file copied to where a document's files lie, then the row. Repeating it changes nothing. */
const create = async (
  ports: DocumentIntakePorts,
  source: Source,
  metadata: Readonly<Record<string, unknown>>,
): Promise<DocumentRow> => {
  const { orgId, kind, id } = source;
  const { bucket, path, name, mime, knowledgeBaseId } = await locate(ports, source);
  const documentId = uuidOf(orgId, kind, id);
  const objectPath = `${orgId}/documents/${documentId}/original`;
  const base =
    knowledgeBaseId ??
    (await ports.knowledgeBases.ensureDefault({ orgId, profileId: await ports.newBaseProfileId() })).id;
  await ports.files.adopt({ orgId, fromBucket: bucket, fromPath: path, path: objectPath });
  const stored = await ports.files.find({ orgId, path: objectPath });
  return ports.documents.create({
    orgId,
    id: documentId,
    knowledgeBaseId: base,
    name,
    mime: mime ?? stored?.contentType ?? null,
    byteSize: stored?.byteSize ?? 0,
    objectPath,
    metadata: { ...metadata, [`${kind}Id`]: id },
  });
};

/** The asset may have another file by now: that one is the document's next version. The same bytes are read anew. */
const readAgain = async (ports: DocumentIntakePorts, source: Source, row: DocumentRow, key: string): Promise<void> => {
  const { orgId, kind, id } = source;
  const place = { orgId, documentId: row.id };
  // A document of ours, by its own id: its file changes through the API alone.
  if (row.id !== uuidOf(orgId, kind, id)) return void (await ports.documents.reprocess(place));
  const { bucket, path } = await locate(ports, source);
  const objectPath = `${orgId}/documents/${row.id}/${key.slice(0, 32)}`;
  await ports.files.adopt({ orgId, fromBucket: bucket, fromPath: path, path: objectPath });
  const hash = createHash("sha256");
  let byteSize = 0;
  for await (const bytes of (await ports.files.download({ orgId, path: objectPath })).body ?? []) {
    hash.update(bytes);
    byteSize += bytes.byteLength;
  }
  const { replaced } = await ports.versions.replaceContent({
    ...place,
    objectPath,
    rawSha256: hash.digest("hex"),
    byteSize,
  });
  if (replaced) return;
  await ports.files.remove({ orgId, paths: [objectPath] });
  await ports.documents.reprocess(place);
};

/** A document that came to its end is read anew; one that is under way, or was just made, only gets its job. */
const hasEnded = ({ state }: DocumentRow): boolean => ["ready", "ready_partial", "failed", "blocked"].includes(state);

const read = async (
  ports: DocumentIntakePorts,
  enqueue: Enqueue,
  source: Source,
  key: string,
  metadata: Readonly<Record<string, unknown>> = {},
): Promise<void> => {
  const { orgId } = source;
  const row = await known(ports, source);
  if (row?.state === "deleting") throw new PermanentError("tenant_mismatch", `The ${source.kind} is being deleted.`);
  const { id: documentId } = row ?? (await create(ports, source, metadata));
  if (row && hasEnded(row)) await readAgain(ports, source, row, key);
  await enqueue(kbFiles, { kind: "process", orgId, documentId });
};

type DataOf<Name extends LegacyJob["name"]> = Extract<LegacyJob, { readonly name: Name }>["data"];

export const processAsset = (
  ports: DocumentIntakePorts,
  enqueue: Enqueue,
  { assetId, organizationId: orgId }: DataOf<"process-asset">,
  key: string,
): Promise<void> => read(ports, enqueue, { orgId, kind: "asset", id: assetId }, key);

/** A document that is searchable gets its graph; any other is read first, and the graph follows by itself. */
export const extractGraph = async (
  ports: DocumentIntakePorts,
  enqueue: Enqueue,
  { assetId, articleId, organizationId: orgId, agentId, chunkIds }: DataOf<"extract-knowledge-graph">,
  key: string,
): Promise<void> => {
  const source: Source =
    assetId === undefined ? { orgId, kind: "article", id: articleId ?? "" } : { orgId, kind: "asset", id: assetId };
  const row = await known(ports, source);
  if (row && row.liveGeneration === row.generation && row.generation > 0) {
    await enqueue(knowledgeGraph, { kind: "read", orgId, documentId: row.id, generation: row.generation });
    return;
  }
  const metadata = { ...(agentId !== undefined && { agentId }), ...(chunkIds !== undefined && { chunkIds }) };
  await read(ports, enqueue, source, key, metadata);
};
