import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Request, Response } from "express";
import multer, { diskStorage, MulterError } from "multer";
import { decodeFileName } from "./file-name.ts";
import { Problem } from "./problem.ts";

/** Supabase's own default for one object; above it a real project refuses the upload anyway. */
const maxUploadBytes = 50 * 1024 * 1024;

/** Room for the multipart framing and the few fields beside the file. */
const overheadBytes = 256 * 1024;
const maxFieldBytes = 64 * 1024;

export interface UploadedFile {
  /** On disk, until the call ends. */
  readonly path: string;
  readonly name: string;
  readonly byteSize: number;
  /** What the client claims; the content decides later. */
  readonly mime: string;
}

export interface Upload {
  readonly file: UploadedFile;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface UploadOptions {
  /** Where the temporary folders are made; default the system's. */
  readonly folder?: string | undefined;
  readonly maxBytes?: number;
}

export const isMultipart = (req: Request): boolean => req.is("multipart/form-data") !== false;

/**
 * Streams the field `file` of a multipart request to a folder of its own, hands it to `use`, and removes the folder
 * whatever happens. The content never lies in memory as a whole.
 * @throws {Problem} `file_too_large`, or `invalid_request` for a missing, second or misnamed file and broken framing.
 */
export const withUpload = async <Result>(
  req: Request,
  res: Response,
  { folder: parent = tmpdir(), maxBytes = maxUploadBytes }: UploadOptions,
  use: (upload: Upload) => Promise<Result>,
): Promise<Result> => {
  const declaredBytes = Number(req.get("content-length") ?? 0);
  if (declaredBytes > maxBytes + overheadBytes) throw tooLarge(maxBytes);

  const folder = await mkdtemp(join(parent, "gpt-agent-upload-"));
  try {
    return await use(await receive(req, res, folder, maxBytes));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const receive = async (req: Request, res: Response, folder: string, maxBytes: number): Promise<Upload> => {
  const middleware = multer({
    storage: diskStorage({
      destination: folder,
      filename: (_req, _file, done) => {
        done(null, "upload");
      },
    }),
    limits: { fileSize: maxBytes, files: 1, fields: 16, fieldSize: maxFieldBytes, parts: 17, headerPairs: 32 },
  }).single("file");

  await new Promise<void>((resolve, reject) => {
    middleware(req, res, (error: unknown) => {
      if (error === undefined || error === null) resolve();
      else reject(toUploadProblem(error, maxBytes));
    });
  });

  if (!req.file) {
    throw new Problem("invalid_request", 'The form has no file. Send the document in a file field named "file".', {
      issues: [{ in: "form", pointer: "/file", message: "required" }],
    });
  }
  const { path, originalname, size, mimetype } = req.file;
  const fields: Record<string, unknown> = { ...req.body };
  return { file: { path, name: decodeFileName(originalname), byteSize: size, mime: mimetype }, fields };
};

const tooLarge = (maxBytes: number): Problem =>
  new Problem(
    "file_too_large",
    `The file is above the limit of ${maxBytes / 1024 / 1024} MiB. Split it and upload the parts.`,
    {
      headers: { connection: "close" },
    },
  );

const toUploadProblem = (error: unknown, maxBytes: number): Problem => {
  if (error instanceof MulterError && error.code === "LIMIT_FILE_SIZE") return tooLarge(maxBytes);
  if (error instanceof MulterError && error.code === "LIMIT_UNEXPECTED_FILE") {
    return new Problem("invalid_request", 'Send exactly one file, in a field named "file".', {
      issues: [{ in: "form", pointer: `/${error.field ?? ""}`, message: "unexpected file" }],
      cause: error,
    });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new Problem("invalid_request", `The multipart form could not be read: ${reason}.`, { cause: error });
};
