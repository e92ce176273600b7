import type { CallOptions, CrmEntity, PageCursor, TimeWindow } from "../provider.ts";
import { at } from "../transport/read-body.ts";
import type { Transport } from "../transport/transport.ts";
import { readList } from "./api.ts";
import { noteId, parents, entityOf } from "./records.ts";
import { eventSchema } from "./schemas.ts";

/** The journal's most per page. */
const eventsPerPage = 100;

/** The kinds of event that tell of a deletion, by entity. */
const deletionKinds: Readonly<Partial<Record<CrmEntity, string>>> = {
  contact: "contact_deleted",
  company: "company_deleted",
  deal: "lead_deleted",
  task: "task_deleted",
  note: "common_note_deleted",
};

/** A page of ids whose deletion the journal tells; the window is closed, so its pages stand still. */
export const readDeletions = async (
  transport: Transport,
  request: { readonly entity: CrmEntity; readonly window: TimeWindow; readonly cursor?: PageCursor },
  options: CallOptions,
): Promise<{ readonly remoteIds: readonly string[]; readonly next?: PageCursor } | undefined> => {
  const kind = deletionKinds[request.entity];
  if (kind === undefined) return undefined;
  const page = Number(request.cursor?.["page"] ?? 1);
  const query = {
    "filter[type]": kind,
    "filter[created_at][from]": Math.floor(request.window.fromMs / 1_000),
    "filter[created_at][to]": Math.ceil(request.window.toMs / 1_000),
    limit: eventsPerPage,
    page,
  };
  const events = await readList(transport, { path: "events", what: "events", row: eventSchema, query }, options);
  const remoteIds = events
    .filter(({ type }) => type === kind)
    .flatMap((event) => {
      if (request.entity !== "note") return [String(event.entity_id)];
      const note = at(event.value_before, 0, "note", "id") ?? at(event.value_after, 0, "note", "id");
      const parent = parents.find((name) => entityOf[name] === entityOf[event.entity_type ?? ""]);
      return typeof note === "number" && parent !== undefined ? [noteId(parent, note)] : [];
    });
  const more = events.length === eventsPerPage;
  return { remoteIds: [...new Set(remoteIds)], ...(more ? { next: { page: page + 1 } } : {}) };
};
