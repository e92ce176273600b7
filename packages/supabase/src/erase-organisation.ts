import type { Files } from "./files.ts";
import type { Organisations } from "./organisations.ts";

interface ErasePorts {
  readonly organisations: Pick<Organisations, "eraseRows" | "listObjects" | "countRows">;
  readonly files: Pick<Files, "remove">;
  readonly jobs: { remove(orgId: string): Promise<{ readonly removed: number }> };
}

interface EraseOptions {
  readonly orgId: string;
  /** Those of the caller who is to see the end of it. */
  readonly keepApiKeys: boolean;
  /** Stops between two steps; call again to go on. */
  readonly until?: AbortSignal;
  readonly onProgress?: (erased: Erased) => void;
}

export interface Erased {
  readonly jobs: number;
  readonly rows: number;
  readonly files: number;
}

export interface Erasure extends Erased {
  /** False: time was up, or something new came meanwhile. Call again. */
  readonly done: boolean;
}

const rowsAtOnce = 500;
const filesAtOnce = 1_000;

/**
 * Removes all that an organisation has: its jobs, so that nothing begins; rows, without which what runs has nowhere to
 * write; files; and jobs that came meanwhile. Repeating it is no error, whenever it was cut off.
 */
export const eraseOrganisation = async (
  { organisations, files, jobs }: ErasePorts,
  { orgId, keepApiKeys, until, onProgress }: EraseOptions,
): Promise<Erasure> => {
  let erased: Erased = { jobs: (await jobs.remove(orgId)).removed, rows: 0, files: 0 };
  const add = (more: Partial<Erased>): void => {
    erased = {
      jobs: erased.jobs + (more.jobs ?? 0),
      rows: erased.rows + (more.rows ?? 0),
      files: erased.files + (more.files ?? 0),
    };
    onProgress?.(erased);
  };

  for (;;) {
    if (until?.aborted) return { ...erased, done: false };
    const rows = await organisations.eraseRows({ orgId, limit: rowsAtOnce, keepApiKeys });
    if (rows === 0) break;
    add({ rows });
  }
  for (;;) {
    if (until?.aborted) return { ...erased, done: false };
    const paths = await organisations.listObjects({ orgId, limit: filesAtOnce });
    if (paths.length === 0) break;
    await files.remove({ orgId, paths });
    add({ files: paths.length });
  }
  add({ jobs: (await jobs.remove(orgId)).removed });
  const left = Object.keys(await organisations.countRows({ orgId }));
  return { ...erased, done: left.every((table) => keepApiKeys && table === "api_keys") };
};
