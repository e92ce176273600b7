import { z } from "zod";
import type { CallOptions, Page, PageCursor } from "../provider.ts";
import { parseAnswer } from "../transport/parse-answer.ts";
import type { Transport } from "../transport/transport.ts";
import { batch, call, type Command, type ListRequest, pageSize, resultOf } from "./api.ts";
import type { CommandValue } from "./encode-command.ts";
import { listNotes } from "./list-notes.ts";
import { listFields, listPipelines, listUsers } from "./list-settings.ts";
import { entityTypes, isItemEntity, type ItemEntity, readActivity, readItem } from "./records.ts";
import { activitySchema, itemsSchema } from "./schemas.ts";

/** Pages in one request, once there turned out to be more than one: each asks for what follows the one before. */
const pagesPerBatch = 10;

/** Seconds with a zone, which is what the portal itself writes. */
export const portalTime = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}Z$/u, "+00:00");

/** A list that can be read by id: what differs between items and activities. */
interface Keyset {
  readonly method: string;
  readonly params: Readonly<Record<string, CommandValue>>;
  readonly id: string;
  readonly changed: string;
  /** From a page's result to its last id, for the next page of the same batch. */
  readonly lastId: readonly (string | number)[];
}

const itemKeyset = (entity: ItemEntity): Keyset => ({
  method: "crm.item.list",
  params: { entityTypeId: entityTypes[entity], select: ["*", "fm"] },
  id: "id",
  changed: "updatedTime",
  lastId: ["items", pageSize - 1, "id"],
});
const activityKeyset: Keyset = {
  method: "crm.activity.list",
  params: {},
  id: "ID",
  changed: "LAST_UPDATED",
  lastId: [pageSize - 1, "ID"],
};

/**
 * One page or ten, by id: rows that change meanwhile neither move nor hide others. `start: -1` spares the portal counting.
 * https://apidocs.bitrix24.com/settings/performance/huge-data.html
 */
const readKeyset = async <Row extends { readonly id: number }>(
  transport: Transport,
  keyset: Keyset,
  rowsOf: (result: unknown) => readonly Row[],
  { window, cursor }: ListRequest,
  options: CallOptions,
): Promise<{ readonly rows: readonly Row[]; readonly next?: PageCursor }> => {
  const after = typeof cursor?.["after"] === "number" ? cursor["after"] : undefined;
  const within: Record<string, CommandValue> =
    window === undefined
      ? {}
      : {
          [`>=${keyset.changed}`]: portalTime(Math.floor(window.fromMs / 1_000) * 1_000),
          [`<=${keyset.changed}`]: portalTime(Math.ceil(window.toMs / 1_000) * 1_000),
        };
  const page = (above: CommandValue): Command => ({
    method: keyset.method,
    params: {
      ...keyset.params,
      filter: { ...within, [`>${keyset.id}`]: above },
      order: { [keyset.id]: "ASC" },
      start: -1,
    },
  });
  if (after === undefined) {
    const rows = rowsOf(await call(transport, z.unknown(), page(0), options));
    return { rows, ...nextAfter(rows, rows.length) };
  }
  const commands = Array.from({ length: pagesPerBatch }, (_, index) =>
    page(index === 0 ? after : { resultOf: [`c${index - 1}`, ...keyset.lastId] }),
  );
  const answers = await batch(transport, commands, "read", options);
  const rows: Row[] = [...rowsOf(resultOf(z.unknown(), keyset.method, answers[0]))];
  let last = rows.length;
  for (const answer of answers.slice(1)) {
    // After a short page the next one's "after" is nothing, and its rows are the first ones again.
    if (last < pageSize || answer.error !== undefined || !("result" in answer)) break;
    const more = rowsOf(answer.result);
    rows.push(...more);
    last = more.length;
  }
  return { rows, ...nextAfter(rows, last) };
};

const nextAfter = (rows: readonly { readonly id: number }[], last: number): { readonly next?: PageCursor } => {
  const highest = rows.at(-1)?.id;
  return last < pageSize || highest === undefined ? {} : { next: { after: highest } };
};

export const itemsOf = (result: unknown) =>
  parseAnswer(itemsSchema, result, "Bitrix24's answer to crm.item.list").items;

const activitiesSchema = z.array(activitySchema.transform((activity) => ({ ...activity, id: activity.ID })));
export const activitiesOf = (result: unknown) =>
  parseAnswer(activitiesSchema, result, "Bitrix24's answer to crm.activity.list");

export const list = async (transport: Transport, request: ListRequest, options: CallOptions): Promise<Page> => {
  const { entity } = request;
  if (isItemEntity(entity)) {
    const { rows, next } = await readKeyset(transport, itemKeyset(entity), itemsOf, request, options);
    return { records: rows.map((item) => readItem(entity, item)), ...(next === undefined ? {} : { next }) };
  }
  switch (entity) {
    case "task": {
      const { rows, next } = await readKeyset(transport, activityKeyset, activitiesOf, request, options);
      return { records: rows.map(readActivity), ...(next === undefined ? {} : { next }) };
    }
    case "note":
      return listNotes(transport, request, options);
    case "pipeline":
      return listPipelines(transport, options);
    case "user":
      return listUsers(transport, request, options);
    case "field":
      return listFields(transport, options);
  }
};
