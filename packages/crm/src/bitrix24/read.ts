import type { CallOptions, CrmEntity, PageCursor, RemoteRecord } from "../provider.ts";
import type { Transport } from "../transport/transport.ts";
import { batch, type Command, commandFailure, maxCommands, resultOf } from "./api.ts";
import { kindOfError } from "./dialect.ts";
import { activitiesOf, itemsOf, list } from "./list.ts";
import { entityTypes, isItemEntity, type ItemEntity, readActivity, readComment, readItem } from "./records.ts";
import { type Activity, commentSchema, type Item } from "./schemas.ts";
import { z } from "zod";

const idsPerList = 50;

const chunks = <T>(all: readonly T[], size: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size));

const numbers = (ids: readonly string[]): readonly number[] => ids.filter((id) => /^\d+$/u.test(id)).map(Number);

/** Lists by ids: fifty ids a command, fifty commands a request. */
const listByIds = async <Row>(
  transport: Transport,
  ids: readonly number[],
  command: (some: readonly number[]) => Command,
  rowsOf: (result: unknown) => readonly Row[],
  options: CallOptions,
): Promise<readonly Row[]> => {
  const rows: Row[] = [];
  for (const some of chunks(chunks(ids, idsPerList), maxCommands)) {
    const commands = some.map(command);
    const answers = await batch(transport, commands, "read", options);
    for (const [index, answer] of answers.entries()) {
      rows.push(...rowsOf(resultOf(z.unknown(), commands[index]?.method ?? "", answer)));
    }
  }
  return rows;
};

export const readItems = (
  transport: Transport,
  entity: ItemEntity,
  ids: readonly string[],
  options: CallOptions,
): Promise<readonly Item[]> =>
  listByIds(
    transport,
    numbers(ids),
    (some) => ({
      method: "crm.item.list",
      params: { entityTypeId: entityTypes[entity], select: ["*", "fm"], filter: { "@id": some }, start: -1 },
    }),
    itemsOf,
    options,
  );

export const readActivities = (
  transport: Transport,
  ids: readonly string[],
  options: CallOptions,
): Promise<readonly Activity[]> =>
  listByIds(
    transport,
    numbers(ids),
    (some) => ({ method: "crm.activity.list", params: { filter: { "@ID": some }, start: -1 } }),
    activitiesOf,
    options,
  );

const readComments = async (
  transport: Transport,
  ids: readonly string[],
  options: CallOptions,
): Promise<readonly RemoteRecord[]> => {
  const found: RemoteRecord[] = [];
  for (const some of chunks(numbers(ids), maxCommands)) {
    const commands = some.map((id) => ({ method: "crm.timeline.comment.get", params: { id } }));
    for (const answer of await batch(transport, commands, "read", options)) {
      if (answer.error !== undefined) {
        const kind = kindOfError(answer.error.code, answer.error.said);
        // One that is gone answers with an error, and not always with the code for it.
        if (kind === "not_found" || kind === "bad_request") continue;
        throw commandFailure("crm.timeline.comment.get", answer.error);
      }
      found.push(readComment(resultOf(commentSchema, "crm.timeline.comment.get", answer)));
    }
  }
  return found;
};

export const read = async (
  transport: Transport,
  { entity, remoteIds }: { readonly entity: CrmEntity; readonly remoteIds: readonly string[] },
  options: CallOptions,
): Promise<{ readonly records: readonly RemoteRecord[]; readonly missing: readonly string[] }> => {
  const wanted = new Set(remoteIds);
  const found: RemoteRecord[] = [];
  if (isItemEntity(entity)) {
    found.push(...(await readItems(transport, entity, remoteIds, options)).map((item) => readItem(entity, item)));
  } else if (entity === "task") {
    found.push(...(await readActivities(transport, remoteIds, options)).map(readActivity));
  } else if (entity === "note") {
    found.push(...(await readComments(transport, remoteIds, options)));
  } else {
    for (let cursor: PageCursor | undefined = {}; cursor !== undefined;) {
      const page: Awaited<ReturnType<typeof list>> = await list(transport, { entity, cursor }, options);
      found.push(...page.records);
      cursor = page.next;
    }
  }
  const records = found.filter(({ remoteId }) => wanted.delete(remoteId));
  return { records, missing: [...wanted] };
};
