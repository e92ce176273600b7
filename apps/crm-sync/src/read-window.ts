import type { RemoteRecord, TimeWindow } from "@gpt-agent/crm/provider";

/** A provider that counts seconds rounds the ends of a window outwards. */
const roundingMs = 1_000;
/** What a provider may show late: read again with the next window. */
export const overlapMs = 120_000;
/** A window ends this far in the past: what happens within the same second is over by then. */
export const closedAfterMs = 2_000;

/** The first record that the filter should have left out; some accounts ignore filters without a word. */
export const findOutside = (records: readonly RemoteRecord[], window: TimeWindow): RemoteRecord | undefined =>
  records.find(
    ({ updatedAtMs }) =>
      updatedAtMs !== undefined && (updatedAtMs < window.fromMs - roundingMs || updatedAtMs > window.toMs + roundingMs),
  );

/** The next closed window after what was read; undefined: too early. */
export const nextWindow = (syncedToMs: number, nowMs: number): TimeWindow | undefined => {
  const window = { fromMs: syncedToMs - overlapMs, toMs: nowMs - closedAfterMs };
  return window.toMs > syncedToMs ? window : undefined;
};
