import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { ApiClient, DemoDocument } from "./api-client.ts";
import type { ProgressView } from "./progress-view.ts";

export interface DemoFile {
  /** As it was asked for; how the results name it. */
  readonly given: string;
  readonly path: string;
}

/** One file's way through the platform. */
export interface FollowedFile {
  readonly file: DemoFile;
  /** Undefined where not even the upload was accepted; `refusal` says why. */
  readonly document: DemoDocument | undefined;
  readonly refusal: string | undefined;
  /** From the start of the upload until nothing more happens to it. */
  readonly ms: number;
}

const pollEveryMs = 150;
const giveUpAfterMs = 180_000;

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** @throws {Error} with a sentence for whoever gave the path. */
const readFileOf = async ({ path }: DemoFile): Promise<Blob> => {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new Error(`There is no readable file ${path}.`);
  if (!found.isFile()) throw new Error(`${path} is ${found.isDirectory() ? "a folder" : "no ordinary file"}.`);
  try {
    return new Blob([await readFile(path)]);
  } catch (error) {
    throw new Error(`${path} cannot be read: ${message(error)}`, { cause: error });
  }
};

const follow = async (api: ApiClient, file: DemoFile, view: ProgressView): Promise<FollowedFile> => {
  const startedAt = performance.now();
  const ms = (): number => Math.round(performance.now() - startedAt);
  let document: DemoDocument;
  try {
    document = await api.upload(basename(file.path), await readFileOf(file));
  } catch (error) {
    view.refused(file.path, message(error));
    return { file, document: undefined, refusal: message(error), ms: ms() };
  }
  let changedAt = performance.now();
  view.show(file.path, document);
  while (!document.settled && performance.now() - changedAt < giveUpAfterMs) {
    await delay(pollEveryMs);
    // A poll that failed says nothing about the document; the next one, or the patience above, does.
    const next = await api.document(document.id).catch(() => document);
    if (JSON.stringify(next) !== JSON.stringify(document)) changedAt = performance.now();
    document = next;
    view.show(file.path, document);
  }
  return { file, document, refusal: undefined, ms: ms() };
};

/** Uploads all files at once and follows each until it is settled, or until nothing has moved for three minutes. */
export const followDocuments = (
  api: ApiClient,
  files: readonly DemoFile[],
  view: ProgressView,
): Promise<FollowedFile[]> => Promise.all(files.map((file) => follow(api, file, view)));
