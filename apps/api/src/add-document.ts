import { randomUUID } from "node:crypto";
import { PermanentError } from "@gpt-agent/jobs/errors";
import type { InputOf, QueueDefinition } from "@gpt-agent/jobs/define-queue";
import type { Enqueue, EnqueueOptions, Lane, Log } from "@gpt-agent/jobs/handler";
import { kbFiles } from "@gpt-agent/jobs/queues/kb-files";
import { QueueUnavailableError } from "@gpt-agent/queue/errors";
import { z } from "zod";
import type { Call } from "./endpoint.ts";
import { keepPassword, password } from "./keep-password.ts";
import type { DocumentRow, Ports } from "./ports.ts";
import { notFound, Problem } from "./problem.ts";
import { jsonObject, line } from "./resources/text.ts";
import { id } from "./resources/id.ts";
import { checkFileSize, changeContent, type ContentPorts, storeFile } from "./store-content.ts";
import type { UploadedFile } from "./uploads.ts";

const maxMetadataBytes = 16 * 1024;
const metadata = jsonObject(maxMetadataBytes);
const name = line(255);

/** A form field is text: metadata comes as JSON in it. */
const metadataField = z
  .string()
  .max(maxMetadataBytes)
  .transform((text, ctx) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      ctx.addIssue({ code: "custom", message: "must be a JSON object" });
      return z.NEVER;
    }
  })
  .pipe(metadata);

const lane = z
  .enum(["interactive", "backfill"])
  .optional()
  .describe("`backfill`, for what may take its time: after everything that somebody waits for. Default `interactive`.");

/** The fields beside `file`. */
export const documentForm = z.strictObject({
  knowledgeBaseId: id.optional(),
  name: name.optional().describe("Wins over the file's own name."),
  metadata: metadataField.optional().describe("A JSON object."),
  sourceKey: line(1000)
    .optional()
    .describe(
      "Your own name for the source, a path or a URL for instance. One document of the knowledge base has it: sent " +
        "again with the same bytes nothing is done, with other bytes they become that document's new version.",
    ),
  password: password.optional(),
  lane,
});

/** The fields beside `file` of a new version. What is left out stays as it is. */
export const contentForm = documentForm.pick({ name: true, metadata: true, password: true, lane: true });

/** A file that is in Storage already. */
export const documentReference = z.strictObject({
  objectPath: z
    .string()
    .max(900)
    .regex(/^[^\\\p{Cc}]+$/u)
    .refine(
      (path) => path.split("/").every((part) => part !== "" && part !== "." && part !== ".."),
      "must be a plain path",
    )
    .describe("In the bucket `agent-jobs`, beginning with the organisation's id."),
  name,
  mime: line(200).optional(),
  knowledgeBaseId: id.optional(),
  metadata: metadata.optional(),
  lane,
});

type Request = z.output<typeof documentForm> | z.output<typeof documentReference>;
type AddPorts = ContentPorts &
  Pick<Ports, "knowledgeBases" | "newBaseProfileId" | "enqueue" | "documentPasswords" | "seal">;

/** The document, and whether there is now something to do for it. */
export interface Added {
  readonly row: DocumentRow;
  readonly changed: boolean;
}

/**
 * File first, then row, then job: a row never points at nothing, and a job never runs before its row. What an
 * interruption can leave behind is an object without a row, which costs space and shows nowhere.
 * @throws {Problem} not_found for a knowledge base or a path of anyone else.
 */
export const addDocument = async (
  ports: AddPorts,
  request: Request,
  file: UploadedFile | undefined,
  call: Pick<Call, "orgId" | "log">,
): Promise<Added> => {
  const { orgId, log } = call;
  const knowledgeBaseId = await resolveKnowledgeBase(ports, orgId, request.knowledgeBaseId);
  const added =
    "objectPath" in request
      ? { row: await register(ports, orgId, knowledgeBaseId, request), changed: true }
      : await store(ports, orgId, knowledgeBaseId, request, uploaded(file), log);
  if ("password" in request && request.password !== undefined) {
    await keepPassword(ports, { orgId, documentId: added.row.id }, request.password);
  }
  return enqueueChanged(ports.enqueue, added, request.lane, log);
};

/**
 * Other bytes for a document that is there, as its next version: file first, then row, then job, like a new document.
 * @throws {Problem} not_found, or conflict for an attachment and for what is being deleted.
 */
export const replaceDocument = async (
  ports: AddPorts & Pick<Ports, "documents">,
  documentId: string,
  fields: z.output<typeof contentForm>,
  file: UploadedFile | undefined,
  { orgId, log }: Pick<Call, "orgId" | "log">,
): Promise<Added> => {
  const row = await ports.documents.get({ orgId, documentId });
  if (!row) throw notFound("document");
  if (row.state === "deleting") throw new Problem("conflict", "The document is being deleted.");
  if (row.parentDocumentId !== null) {
    throw new Problem("conflict", "An attachment changes with the document it came with. Replace that one's content.");
  }
  if (fields.password !== undefined) await keepPassword(ports, { orgId, documentId }, fields.password);
  const changed = await changeContent(ports, row, fields, uploaded(file), log);
  return enqueueChanged(ports.enqueue, changed, fields.lane, log);
};

const enqueueChanged = async (enqueue: Enqueue, added: Added, lane: Lane | undefined, log: Log): Promise<Added> => {
  const { orgId, id: documentId } = added.row;
  const payload = { kind: "process", orgId, documentId } as const;
  if (added.changed) await enqueueOrLeaveToSweep(enqueue, kbFiles, payload, log, lane && { lane });
  return added;
};

const resolveKnowledgeBase = async (
  { knowledgeBases, newBaseProfileId }: AddPorts,
  orgId: string,
  knowledgeBaseId: string | undefined,
): Promise<string> => {
  if (knowledgeBaseId === undefined) {
    return (await knowledgeBases.ensureDefault({ orgId, profileId: await newBaseProfileId() })).id;
  }
  const base = await knowledgeBases.get({ orgId, knowledgeBaseId });
  if (!base) throw notFound("knowledge base");
  return base.id;
};

const uploaded = (file: UploadedFile | undefined): UploadedFile => {
  if (file) return file;
  throw new Problem("invalid_request", "Send a multipart form with a file, or JSON with an objectPath.");
};

const store = async (
  ports: AddPorts,
  orgId: string,
  knowledgeBaseId: string,
  { name, metadata, sourceKey }: z.output<typeof documentForm>,
  file: UploadedFile,
  log: Log,
): Promise<Added> => {
  const known = async (): Promise<DocumentRow | undefined> =>
    sourceKey === undefined ? undefined : ports.versions.findBySource({ orgId, knowledgeBaseId, sourceKey });
  const existing = await known();
  if (existing) return changeContent(ports, existing, { name, metadata }, file, log);

  const id = randomUUID();
  try {
    const row = await storeFile(ports, { orgId, documentId: id, file, log }, (stored) =>
      ports.documents.create({
        ...stored,
        orgId,
        id,
        knowledgeBaseId,
        sourceKey,
        name: name ?? file.name,
        mime: file.mime,
        metadata,
      }),
    );
    return { row, changed: true };
  } catch (error) {
    // Two uploads of one new source at once: the second is a version of what the first has made.
    const first = error instanceof PermanentError && error.code === "conflict" ? await known() : undefined;
    if (!first) throw error;
    return changeContent(ports, first, { name, metadata }, file, log);
  }
};

const register = async (
  { documents, files, limits }: AddPorts,
  orgId: string,
  knowledgeBaseId: string,
  { objectPath, name, mime, metadata }: z.output<typeof documentReference>,
): Promise<DocumentRow> => {
  // Our own folders hold what belongs to one document each: two documents on one file would delete it from each other.
  const own = objectPath.startsWith(`${orgId}/`) && !/^[^/]+\/(documents|texts)\//.test(objectPath);
  const stored = own ? await files.find({ orgId, path: objectPath }) : undefined;
  if (!stored) throw new Problem("file_missing", "There is no object of this path in your organisation's own folders.");
  await checkFileSize(limits, orgId, stored.byteSize);
  return documents.create({
    orgId,
    knowledgeBaseId,
    objectPath,
    name,
    mime: mime ?? stored.contentType,
    byteSize: stored.byteSize,
    metadata,
  });
};

/** The row is the truth: with Redis away the worker's sweep enqueues the job within two minutes of its return. */
export const enqueueOrLeaveToSweep = async <Q extends QueueDefinition>(
  enqueue: Enqueue,
  queue: Q,
  payload: InputOf<Q>,
  log: Log,
  options?: EnqueueOptions,
): Promise<void> => {
  try {
    await enqueue(queue, payload, options);
  } catch (error) {
    if (!(error instanceof QueueUnavailableError)) throw error;
    log.warn("the job was not enqueued, the sweep will do it", { code: error.code, queue: queue.name, error });
  }
};
