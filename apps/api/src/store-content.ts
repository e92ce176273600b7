import { createHash, randomUUID } from "node:crypto";
import { createReadStream, openAsBlob } from "node:fs";
import { pipeline } from "node:stream/promises";
import type { Log } from "@gpt-agent/jobs/handler";
import { storageName } from "./file-name.ts";
import type { DocumentRow, LimitReader, Ports } from "./ports.ts";
import { Problem } from "./problem.ts";
import type { UploadedFile } from "./uploads.ts";

export type ContentPorts = Pick<Ports, "documents" | "versions" | "limits" | "files">;

interface StoredFile {
  readonly objectPath: string;
  readonly rawSha256: string;
  readonly byteSize: number;
}

/**
 * Uploads a file to a new place, then lets `register` write the row; without a row the object is removed again.
 * @throws {Problem} file_too_large
 */
export const storeFile = async <Row>(
  { files, limits }: ContentPorts,
  target: { readonly orgId: string; readonly documentId: string; readonly file: UploadedFile; readonly log: Log },
  register: (stored: StoredFile) => Promise<Row>,
): Promise<Row> => {
  const { orgId, documentId, file, log } = target;
  const { byteSize } = file;
  await checkFileSize(limits, orgId, byteSize);
  const rawSha256 = await sha256Of(file);
  const objectPath = `${orgId}/documents/${documentId}/${randomUUID()}/${storageName(file.name)}`;
  await files.upload({ orgId, path: objectPath, body: await openAsBlob(file.path), contentType: file.mime });
  try {
    return await register({ objectPath, rawSha256, byteSize });
  } catch (error) {
    await removeQuietly(files, orgId, objectPath, log);
    throw error;
  }
};

/** The file as the document's next version; nothing happens when it is the newest one already. */
export const changeContent = async (
  ports: ContentPorts,
  row: DocumentRow,
  { name, metadata }: { readonly name?: string | undefined; readonly metadata?: DocumentRow["metadata"] | undefined },
  file: UploadedFile,
  log: Log,
): Promise<{ readonly row: DocumentRow; readonly changed: boolean }> => {
  const { orgId, id: documentId } = row;
  if (row.rawSha256 !== null && row.rawSha256 === (await sha256Of(file))) return { row, changed: false };
  return storeFile(ports, { orgId, documentId, file, log }, async (stored) => {
    const change = { ...stored, orgId, documentId, name, metadata, mime: file.mime };
    const { document, replaced } = await ports.versions.replaceContent(change);
    if (!replaced) await removeQuietly(ports.files, orgId, stored.objectPath, log);
    return { row: document, changed: replaced };
  });
};

/** @throws {Problem} file_too_large when the organisation has a limit and the file is above it. */
export const checkFileSize = async (limits: LimitReader, orgId: string, byteSize: number): Promise<void> => {
  const { maxFileBytes } = await limits.get({ orgId });
  if (maxFileBytes === null || byteSize <= maxFileBytes) return;
  const detail = `The file has ${byteSize} bytes, your organisation's limit is ${maxFileBytes}. Split it, or have the limit raised.`;
  throw new Problem("file_too_large", detail);
};

/** In hexadecimal; in pieces, for the file may be large. */
const sha256Of = async ({ path }: UploadedFile): Promise<string> => {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
};

/** What stays behind costs space and shows nowhere. */
const removeQuietly = async (files: Ports["files"], orgId: string, objectPath: string, log: Log): Promise<void> => {
  await files.remove({ orgId, paths: [objectPath] }).catch((error: unknown) => {
    log.warn("an uploaded file without a row could not be removed", { objectPath, error });
  });
};
