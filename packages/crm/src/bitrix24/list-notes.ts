import { z } from "zod";
import type { CallOptions, Page, RemoteRecord } from "../provider.ts";
import type { Transport } from "../transport/transport.ts";
import { batch, call, type ListRequest, pageSize, resultOf } from "./api.ts";
import { entityTypes, itemEntities, readComment } from "./records.ts";
import { commentSchema, itemSchema } from "./schemas.ts";

/** Comments are listed per record only: fifty records at a time, then the comments of each, in two requests. */
export const listNotes = async (transport: Transport, { cursor }: ListRequest, options: CallOptions): Promise<Page> => {
  const place = Number(cursor?.["list"] ?? 0);
  const entity = itemEntities[place] ?? "deal";
  const ids = await call(
    transport,
    z.looseObject({ items: z.array(itemSchema) }),
    {
      method: "crm.item.list",
      params: {
        entityTypeId: entityTypes[entity],
        select: ["id"],
        filter: { ">id": Number(cursor?.["after"] ?? 0) },
        order: { id: "ASC" },
        start: -1,
      },
    },
    options,
  );
  const records: RemoteRecord[] = [];
  let open = ids.items.map(({ id }) => ({ id, start: 0 }));
  while (open.length > 0) {
    const commands = open.map(({ id, start }) => ({
      method: "crm.timeline.comment.list",
      params: { filter: { ENTITY_ID: id, ENTITY_TYPE: entity }, order: { ID: "ASC" }, start },
    }));
    const answers = await batch(transport, commands, "read", options);
    const longer: typeof open = [];
    for (const [index, answer] of answers.entries()) {
      const comments = resultOf(z.array(commentSchema), "crm.timeline.comment.list", answer);
      records.push(...comments.map(readComment));
      const own = open[index];
      if (own !== undefined && comments.length === pageSize) longer.push({ id: own.id, start: own.start + pageSize });
    }
    open = longer;
  }
  const last = ids.items.at(-1)?.id;
  if (ids.items.length === pageSize && last !== undefined) return { records, next: { list: place, after: last } };
  return { records, ...(place + 1 < itemEntities.length ? { next: { list: place + 1, after: 0 } } : {}) };
};
