import type { CrmEntity, PageCursor } from "@gpt-agent/crm/provider";
import { PermanentError } from "@gpt-agent/jobs/errors";
import type { CrmCursorKind } from "@gpt-agent/supabase/crm-cursors";
import { isDeepStrictEqual } from "node:util";
import { applyPage } from "./apply-page.ts";
import type { Run } from "./run.ts";

const iso = (epochMs: number): string => new Date(epochMs).toISOString();

/** A cursor that a page gives back unmoved would be read for ever. @throws {PermanentError} crm_bad_response */
export const assertMoves = (before: PageCursor | null, next: PageCursor | undefined, entity: CrmEntity): void => {
  if (next === undefined || before === null || !isDeepStrictEqual({ ...before }, { ...next })) return;
  throw new PermanentError(
    "crm_bad_response",
    `Reading ${entity} records of the CRM does not get on: the page repeats.`,
  );
};

/**
 * Everything of one entity, by id, page by page; each page is stored with the place it leads to, so a run that dies
 * re-reads one page at most. Returns whether the end was reached.
 */
export const backfillEntity = async (run: Run, entity: CrmEntity): Promise<{ done: boolean; pages: number }> => {
  const { ports, key, provider } = run;
  const call = { ...run.call, lane: "backfill" } as const;
  const begun = await ports.cursors.open({ ...key, entity, kind: "backfill" });
  if (begun.finishedAt !== null) return { done: true, pages: 0 };
  // What changes from here on is the first increment's.
  const startedAt = begun.startedAt ?? iso(ports.now());
  let at: PageCursor | null = begun.page;
  for (let pages = 0; ; pages += 1) {
    if (run.outOfTime()) return { done: false, pages };
    const { records, next } = await provider.list({ entity, ...(at && { cursor: at }) }, call);
    assertMoves(at, next, entity);
    const counted = {
      entity,
      kind: "backfill",
      version: begun.version + pages,
      startedAt,
      records: records.length,
    } as const;
    const step = next ? { ...counted, page: { ...next } } : { ...counted, finishedAt: iso(ports.now()) };
    await applyPage(run, entity, records, { step });
    if (next === undefined) return { done: true, pages: pages + 1 };
    at = next;
  }
};

/**
 * Everything of one entity again: what changed is merged, and what the sweep did not meet is read by id, which tells
 * whether it is gone. Resumes where it stood; a finished sweep starts over.
 */
export const sweepEntity = async (run: Run, entity: CrmEntity): Promise<{ done: boolean; pages: number }> => {
  const { ports, key, provider } = run;
  const call = { ...run.call, lane: "backfill" } as const;
  const kind: CrmCursorKind = "sweep";
  const begun = await ports.cursors.open({ ...key, entity, kind });
  const fresh = begun.startedAt === null || begun.finishedAt !== null;
  const pass = fresh ? begun.pass + 1 : begun.pass;
  const startedAt = fresh || begun.startedAt === null ? iso(ports.now()) : begun.startedAt;
  let at: PageCursor | null = fresh ? null : begun.page;
  let pages = 0;
  for (let more = true; more; pages += 1) {
    if (run.outOfTime()) return { done: false, pages };
    const { records, next } = await provider.list({ entity, ...(at && { cursor: at }) }, call);
    assertMoves(at, next, entity);
    const seen = { pass, remoteIds: records.map(({ remoteId }) => remoteId) };
    const step = { entity, kind, version: begun.version + pages, pass, startedAt, records: records.length };
    await applyPage(run, entity, records, { seen, step: { ...step, page: next ? { ...next } : null } });
    more = next !== undefined;
    at = next ?? null;
  }
  const step = { entity, kind, version: begun.version + pages, pass, startedAt, finishedAt: iso(ports.now()) };
  const unseen = await ports.records.finishSweep({ ...key, entity, pass, startedAt, step });
  if (unseen > 0) run.log.info("records that the sweep did not meet are read by id", { entity, unseen });
  return { done: true, pages };
};
