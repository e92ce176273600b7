import { randomUUID } from "node:crypto";
import { openAsBlob } from "node:fs";
import type { InputOf, QueueDefinition } from "@gpt-agent/jobs/define-queue";
import type { Enqueue, Log } from "@gpt-agent/jobs/handler";
import { kbFiles } from "@gpt-agent/jobs/queues/kb-files";
import { QueueUnavailableError } from "@gpt-agent/queue/errors";
import { z } from "zod";
import type { Call } from "./endpoint.ts";
import { storageName } from "./file-name.ts";
import type { DocumentRow, Ports } from "./ports.ts";
import { notFound, Problem } from "./problem.ts";
import { jsonObject, line } from "./resources/text.ts";
import type { UploadedFile } from "./uploads.ts";
import { id } from "./resources/id.ts";

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

/** The fields beside `file`. */
export const documentForm = z.strictObject({
  knowledgeBaseId: id.optional(),
  name: name.optional().describe("Wins over the file's own name."),
  metadata: metadataField.optional().describe("A JSON object."),
});

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
});

type Request = z.output<typeof documentForm> | z.output<typeof documentReference>;
type AddPorts = Pick<Ports, "documents" | "knowledgeBases" | "newBaseProfileId" | "files" | "enqueue">;

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
): Promise<DocumentRow> => {
  const { orgId, log } = call;
  const knowledgeBaseId = await resolveKnowledgeBase(ports, orgId, request.knowledgeBaseId);
  const row =
    "objectPath" in request
      ? await register(ports, orgId, knowledgeBaseId, request)
      : await store(ports, orgId, knowledgeBaseId, request, uploaded(file), log);
  await enqueueOrLeaveToSweep(ports.enqueue, kbFiles, { kind: "process", orgId, documentId: row.id }, log);
  return row;
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
  { documents, files }: AddPorts,
  orgId: string,
  knowledgeBaseId: string,
  { name, metadata }: z.output<typeof documentForm>,
  file: UploadedFile,
  log: Log,
): Promise<DocumentRow> => {
  const id = randomUUID();
  const objectPath = `${orgId}/documents/${id}/${storageName(file.name)}`;
  await files.upload({ orgId, path: objectPath, body: await openAsBlob(file.path), contentType: file.mime });
  try {
    const { byteSize, mime } = file;
    return await documents.create({
      orgId,
      id,
      knowledgeBaseId,
      objectPath,
      name: name ?? file.name,
      mime,
      byteSize,
      metadata,
    });
  } catch (error) {
    await files.remove({ orgId, paths: [objectPath] }).catch((removeError: unknown) => {
      log.warn("an uploaded file without a row could not be removed", { objectPath, error: removeError });
    });
    throw error;
  }
};

const register = async (
  { documents, files }: AddPorts,
  orgId: string,
  knowledgeBaseId: string,
  { objectPath, name, mime, metadata }: z.output<typeof documentReference>,
): Promise<DocumentRow> => {
  // Our own folders hold what belongs to one document each: two documents on one file would delete it from each other.
  const own = objectPath.startsWith(`${orgId}/`) && !/^[^/]+\/(documents|texts)\//.test(objectPath);
  const stored = own ? await files.find({ orgId, path: objectPath }) : undefined;
  if (!stored) throw new Problem("file_missing", "There is no object of this path in your organisation's own folders.");
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
): Promise<void> => {
  try {
    await enqueue(queue, payload);
  } catch (error) {
    if (!(error instanceof QueueUnavailableError)) throw error;
    log.warn("the job was not enqueued, the sweep will do it", { code: error.code, queue: queue.name, error });
  }
};
