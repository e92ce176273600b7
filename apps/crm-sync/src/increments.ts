import type { CrmEntity, Page, PageCursor, TimeWindow } from "@gpt-agent/crm/provider";
import { PermanentError } from "@gpt-agent/jobs/errors";
import type { CrmCursorRow, CrmCursorStep } from "@gpt-agent/supabase/crm-cursors";
import { applyPage } from "./apply-page.ts";
import { assertMoves, sweepEntity } from "./backfill.ts";
import { findOutside, nextWindow } from "./read-window.ts";
import type { Run } from "./run.ts";

const iso = (epochMs: number): string => new Date(epochMs).toISOString();

/** How often an entity that cannot be read by time of change is read in full … */
const fullReadEveryMs = 15 * 60_000;
/** … but never more than a fifth of the time, however long it takes … */
const restPerReading = 4;
/** … and where webhooks tell what changes, as often as everything is. */
const dayMs = 24 * 3_600_000;

interface Progress {
  readonly done: boolean;
  readonly pages: number;
}

/** The window under way, or the next closed one; it begins where the backfill began. */
const windowOf = async (run: Run, entity: CrmEntity, cursor: CrmCursorRow): Promise<TimeWindow | undefined> => {
  if (cursor.windowFrom !== null && cursor.windowTo !== null) {
    return { fromMs: Date.parse(cursor.windowFrom), toMs: Date.parse(cursor.windowTo) };
  }
  const { ports, key } = run;
  const syncedTo =
    cursor.syncedTo ?? (await ports.cursors.open({ ...key, entity, kind: "backfill" })).startedAt ?? iso(ports.now());
  return nextWindow(Date.parse(syncedTo), ports.now());
};

/**
 * What changed since the last reading, window by window. A record outside its window means that the account ignores the
 * filter, so that nothing follows from what it leaves out: from then on the entity is read in full.
 */
export const readChanges = async (run: Run, entity: CrmEntity): Promise<Progress> => {
  const { ports, key } = run;
  const begun = await ports.cursors.open({ ...key, entity, kind: "delta" });
  if (begun.filterIgnored) return readInFull(run, entity);
  const window = await windowOf(run, entity, begun);
  if (window === undefined) return { done: true, pages: 0 };
  const ends = { windowFrom: iso(window.fromMs), windowTo: iso(window.toMs), syncedTo: begun.syncedTo };
  let at: PageCursor | null = begun.page;
  for (let pages = 0; ; pages += 1) {
    if (run.outOfTime()) return { done: false, pages };
    const version = begun.version + pages;
    const page = await listOrIgnored(run, entity, window, at);
    if (page === undefined || findOutside(page.records, window) !== undefined) {
      return filterIgnored(run, entity, { version, syncedTo: begun.syncedTo });
    }
    assertMoves(at, page.next, entity);
    const counted = { entity, kind: "delta", version, records: page.records.length } as const;
    const step: CrmCursorStep = page.next
      ? { ...counted, ...ends, page: { ...page.next } }
      : { ...counted, syncedTo: iso(window.toMs) };
    // Before the step: a run that dies in between asks for them again.
    if (page.next === undefined) await readDeletions(run, entity, window);
    await applyPage(run, entity, page.records, { step });
    if (page.next === undefined) return { done: true, pages: pages + 1 };
    at = page.next;
  }
};

/** Undefined: the provider's client saw by itself that the filter is ignored. */
const listOrIgnored = async (
  { provider, call }: Run,
  entity: CrmEntity,
  window: TimeWindow,
  at: PageCursor | null,
): Promise<Page | undefined> => {
  try {
    return await provider.list({ entity, window, ...(at && { cursor: at }) }, call);
  } catch (error) {
    if (error instanceof PermanentError && error.code === "crm_filter_ignored") return undefined;
    throw error;
  }
};

const filterIgnored = async (
  run: Run,
  entity: CrmEntity,
  { version, syncedTo }: Pick<CrmCursorRow, "version" | "syncedTo">,
): Promise<Progress> => {
  const message = "The CRM ignores the filter by time of change; these records are read in full, every 15 minutes.";
  run.log.warn("the CRM ignores a filter; the entity is read in full from now on", { entity });
  await run.ports.records.apply({
    ...run.key,
    entity,
    rows: [],
    errors: [{ subject: entity, code: "crm_filter_ignored", message }],
    step: { entity, kind: "delta", version, syncedTo, filterIgnored: true },
  });
  return readInFull(run, entity);
};

/**
 * For what cannot be read by time of change: settings, Bitrix24's comments, everything of an account that ignores filters. A
 * sweep under way goes on; a finished one is repeated after a while.
 */
export const readInFull = async (run: Run, entity: CrmEntity): Promise<Progress> => {
  const { provider, connection, ports, key } = run;
  const { startedAt, finishedAt } = await ports.cursors.open({ ...key, entity, kind: "sweep" });
  if (finishedAt === null) return sweepEntity(run, entity);
  // Webhooks tell of what can be written; of settings, none does.
  const told = connection.webhooks === "subscribed" && provider.writable.includes(entity);
  const tookMs = Date.parse(finishedAt) - Date.parse(startedAt ?? finishedAt);
  const everyMs = told ? dayMs : Math.max(fullReadEveryMs, tookMs * restPerReading);
  return ports.now() - Date.parse(finishedAt) < everyMs ? { done: true, pages: 0 } : sweepEntity(run, entity);
};

/** The provider's own list of deletions, where it keeps one: its ids are read again, which tells what is true of them. */
const readDeletions = async (run: Run, entity: CrmEntity, window: TimeWindow): Promise<void> => {
  const { ports, key, provider, call } = run;
  for (let cursor = undefined as Page["next"]; ;) {
    const page = await provider.deleted({ entity, window, ...(cursor && { cursor }) }, call);
    if (page === undefined) return;
    if (page.remoteIds.length > 0) {
      await ports.refetches.request({ ...key, changes: page.remoteIds.map((remoteId) => ({ entity, remoteId })) });
    }
    if (page.next === undefined) return;
    assertMoves(cursor ?? null, page.next, entity);
    cursor = page.next;
  }
};
