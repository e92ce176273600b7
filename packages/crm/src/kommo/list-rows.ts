import { PermanentError } from "@gpt-agent/jobs/errors";
import type { PageCursor, TimeWindow } from "../provider.ts";
import { pageSize } from "./api.ts";
import type { Row } from "./schemas.ts";

/** One page of rows from the API: `limit` is always the full page. */
export type FetchRows = (query: Readonly<Record<string, string | number>>) => Promise<readonly Row[]>;

export interface RowsPage {
  readonly rows: readonly Row[];
  readonly next?: PageCursor;
}

const seconds = (ms: number): number => Math.floor(ms / 1_000);
const timeOf = (row: Row): number => row.updated_at ?? 0;

const within = (from: number, to: number): Readonly<Record<string, number>> => ({
  "filter[updated_at][from]": from,
  "filter[updated_at][to]": to,
});

const ascending = (rows: readonly Row[], key: (row: Row) => number): boolean =>
  rows.every((row, index) => index === 0 || key(rows[index - 1] ?? row) <= key(row));

const ignored = (what: string): PermanentError =>
  new PermanentError("crm_filter_ignored", `The CRM ignored the ${what} of a list, so it cannot be read by changes.`);

/**
 * Reads rows although the API knows page numbers only, and rows move between pages while they are read.
 *
 * **By time**: always page 1 of `updated_at ≥ the last one seen`, ascending. No page number, so nothing can shift. The
 * rows of a page's last second are left to the next page, which starts with them. Where one second fills a whole page, it
 * is walked like this:
 *
 * **Backwards**: the last page is found by doubling and halving, then pages are read from the last to the first, by id.
 * Rows only leave such a list (an edit moves a row out of the closed window, a deletion out of all), which moves others to
 * earlier pages: to those still unread, so none is missed; those already given are known by their id.
 */
export const makeRowLister = (orderedByTime: boolean) => {
  const byTime = async (fetch: FetchRows, from: number, to: number): Promise<RowsPage> => {
    const rows = await fetch({ ...within(from, to), "order[updated_at]": "asc", page: 1 });
    const inside = rows.every((row) => timeOf(row) >= from && timeOf(row) <= to);
    // The caller sees rows outside the window and draws its conclusion; going on would read page 1 for ever.
    if (!inside || rows.length < pageSize) return { rows };
    if (!ascending(rows, timeOf)) throw ignored("order");
    const last = timeOf(rows.at(-1) ?? rows[0]!);
    const before = rows.filter((row) => timeOf(row) < last);
    if (before.length > 0) return { rows: before, next: { at: last } };
    return backwards(fetch, within(last, last), { second: last }, undefined, to);
  };

  const backwards = async (
    fetch: FetchRows,
    filter: Readonly<Record<string, number>>,
    place: PageCursor,
    cursor: { readonly page: number; readonly below: number } | undefined,
    to: number,
  ): Promise<RowsPage> => {
    const read = (page: number) => fetch({ ...filter, "order[id]": "asc", page });
    const { page, rows } =
      cursor === undefined ? await lastPage(read) : { page: cursor.page, rows: await read(cursor.page) };
    // Where even the order is ignored, an id says nothing about what was given: twice is better than never.
    const ordered = ascending(rows, ({ id }) => id);
    const below = cursor?.below ?? Number.MAX_SAFE_INTEGER;
    const fresh = ordered ? rows.filter(({ id }) => id < below) : rows;
    const lowest = fresh.reduce((least, { id }) => Math.min(least, id), below);
    if (page > 1) return { rows: fresh, next: { ...place, page: page - 1, below: lowest } };
    const second = place["second"];
    const more = typeof second === "number" && second < to;
    return { rows: fresh, ...(more ? { next: { at: second + 1 } } : {}) };
  };

  return async (
    fetch: FetchRows,
    window: TimeWindow | undefined,
    cursor: PageCursor | undefined,
  ): Promise<RowsPage> => {
    const page = cursor?.["page"];
    const below = cursor?.["below"];
    const within1 = typeof page === "number" && typeof below === "number" ? { page, below } : undefined;
    if (window === undefined) return backwards(fetch, {}, {}, within1, 0);
    const from = seconds(window.fromMs);
    const to = Math.ceil(window.toMs / 1_000);
    if (!orderedByTime) return backwards(fetch, within(from, to), {}, within1, 0);
    const second = cursor?.["second"];
    if (typeof second === "number") return backwards(fetch, within(second, second), { second }, within1, to);
    const at = cursor?.["at"];
    return byTime(fetch, typeof at === "number" ? at : from, to);
  };
};

/** The last page that holds rows: doubling, then halving. Page 1 if there are none. */
const lastPage = async (
  read: (page: number) => Promise<readonly Row[]>,
): Promise<{ readonly page: number; readonly rows: readonly Row[] }> => {
  let full = { page: 1, rows: await read(1) };
  if (full.rows.length < pageSize) return full;
  let empty = 2;
  for (;;) {
    const rows = await read(empty);
    if (rows.length === 0) break;
    full = { page: empty, rows };
    if (rows.length < pageSize) return full;
    empty *= 2;
  }
  while (empty - full.page > 1) {
    const middle = Math.floor((empty + full.page) / 2);
    const rows = await read(middle);
    if (rows.length === 0) empty = middle;
    else full = { page: middle, rows };
    if (rows.length > 0 && rows.length < pageSize) return full;
  }
  return full;
};
