import { execFileSync, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import type { Block } from "./block.ts";
import { fileProblem } from "./problem.ts";

/** Text recognition is on. The program is looked for by the worker: the parser process has no PATH. */
export interface OcrSettings {
  /** Null: not installed. */
  readonly tesseractPath: string | null;
}

/** A picture's text: paragraphs as blocks. */
export type Recognize = (picture: Uint8Array) => Promise<Block[]>;

const wantedLanguages = ["rus", "eng"];
const pictureTimeoutMs = 60_000;
/** Leaves time within the parser's own limit to chunk what was recognized. */
export const ocrBudgetMs = 120_000;

/** Where package managers put programs: services are often started with a short PATH. */
const programFolders = ["/usr/local/bin", "/usr/bin", "/opt/homebrew/bin"];

/** In these folders; else on PATH, then in the usual places. */
export const findTesseract = (folders?: readonly string[]): OcrSettings => {
  const found = (folders ?? programFolders).map((folder) => join(folder, "tesseract")).find(isExecutable);
  return { tesseractPath: (folders === undefined ? onPath() : undefined) ?? found ?? null };
};

/** The shell has the worker's own environment; this code does not read it. */
const onPath = (): string | undefined => {
  try {
    const file = execFileSync("/bin/sh", ["-c", "command -v tesseract"], { encoding: "utf8", stdio: "pipe" }).trim();
    return isExecutable(file) ? file : undefined;
  } catch {
    return undefined;
  }
};

const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/**
 * Text recognition by the `tesseract` program, in Russian and English, as far as their data is installed.
 * @throws {PermanentError} ocr_unavailable: the program or the data of both languages is missing
 */
export const startOcr = async ({ tesseractPath }: OcrSettings, fileName: string): Promise<Recognize> => {
  const unavailable = (why: string) =>
    fileProblem(
      "ocr_unavailable",
      fileName,
      `needs text recognition, which is on (OCR=on), but ${why}. Install tesseract with its rus and eng data where ` +
        "the worker runs, then process the document again.",
    );
  if (tesseractPath === null) throw unavailable("there is no tesseract program in the usual places");
  const listed = await run(tesseractPath, ["--list-langs"]).catch(() => "");
  const installed = new Set(listed.split(/\s+/));
  const languages = wantedLanguages.filter((language) => installed.has(language));
  if (languages.length === 0) throw unavailable("tesseract has neither Russian nor English data");
  return async (picture) => {
    const text = await run(tesseractPath, ["stdin", "stdout", "-l", languages.join("+")], picture);
    return text
      .split(/\f|\n\s*\n/u)
      .map((paragraph) => paragraph.replace(/(?<=\p{Ll})-\n(?=\p{Ll})/gu, "").replace(/\s+/gu, " "))
      .filter((paragraph) => /[\p{L}\p{N}]/u.test(paragraph))
      .map((paragraph) => ({ kind: "text", text: paragraph.trim() }));
  };
};

/** One thread: several workers share the machine, and small pictures gain nothing from more. */
const run = (program: string, args: readonly string[], input?: Uint8Array): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: { OMP_THREAD_LIMIT: "1" },
      stdio: ["pipe", "pipe", "ignore"],
      timeout: pictureTimeoutMs,
      killSignal: "SIGKILL",
    });
    const pieces: Buffer[] = [];
    child.stdout.on("data", (piece: Buffer) => void pieces.push(piece));
    // It may end before it has read everything: a picture that it cannot read.
    child.stdin.on("error", () => {});
    child.once("error", reject);
    child.once("close", (exitCode) => {
      if (exitCode === 0) resolve(Buffer.concat(pieces).toString("utf8"));
      else reject(new Error(`tesseract ended with ${exitCode ?? "a signal"}`));
    });
    child.stdin.end(input);
  });
