import type { CallOptions, Page, PageCursor, TimeWindow } from "../provider.ts";
import type { Transport } from "../transport/transport.ts";
import { readNote, timeMs } from "./records.ts";
import { type Note, pageOf } from "./schemas.ts";
import { noteSchema } from "./schemas.ts";

const pageSize = 500;
/** Rows read again on each page: as many may be deleted before it without any being missed. */
const overlap = 50;

const notesSchema = pageOf(noteSchema);

const changedMs = (note: Note): number => timeMs(note.update_time ?? note.add_time) ?? 0;
const idOf = (note: Note): number => Number(note.id);

/**
 * Notes know row numbers only, and no time of change to ask for. All of them are read by id, rising; what changed lately
 * by time of change, falling, until the window's beginning. Rows that are deleted meanwhile move the rest to lower numbers, so
 * each page begins a little before the last one's end and leaves out what was given: known by its place in the order. A
 * note that is edited meanwhile moves to the front, out of the window.
 */
export const listNotes = async (
  transport: Transport,
  window: TimeWindow | undefined,
  cursor: PageCursor | undefined,
  options: CallOptions,
): Promise<Page> => {
  const start = Number(cursor?.["start"] ?? 0);
  const sort = window === undefined ? "id ASC" : "update_time DESC, id DESC";
  const query = { start, limit: pageSize, sort };
  const { data, additional_data: more } = await transport.read(
    notesSchema,
    { method: "GET", path: "/api/v1/notes", query, effect: "read" },
    options,
  );
  const lastId = Number(cursor?.["id"] ?? 0);
  const lastMs = Number(cursor?.["ms"] ?? Number.POSITIVE_INFINITY);
  const isNew = (note: Note): boolean => {
    if (cursor === undefined) return true;
    if (window === undefined) return idOf(note) > lastId;
    return changedMs(note) < lastMs || (changedMs(note) === lastMs && idOf(note) < lastId);
  };
  const fresh = data.filter(isNew);
  const inside =
    window === undefined
      ? fresh
      : fresh.filter((note) => changedMs(note) >= window.fromMs - 999 && changedMs(note) <= window.toMs);
  const last = data.at(-1);
  const passed = window !== undefined && last !== undefined && changedMs(last) < window.fromMs - 999;
  const isLast = last === undefined || passed || more?.pagination?.more_items_in_collection !== true;
  return {
    records: inside.map((note) => readNote(note)),
    ...(isLast
      ? {}
      : { next: { start: Math.max(0, start + data.length - overlap), id: idOf(last), ms: changedMs(last) } }),
  };
};
