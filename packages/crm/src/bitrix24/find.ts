import { z } from "zod";
import type { CallOptions, OutgoingMessage, RemoteRecord, WriteOperation, WriteResult } from "../provider.ts";
import type { Transport } from "../transport/transport.ts";
import { call } from "./api.ts";
import { originator } from "./commands.ts";
import { activitiesOf, itemsOf } from "./list.ts";
import { entityTypes, isItemEntity, type ItemEntity, readActivity, readComment, readItem } from "./records.ts";
import { commentSchema } from "./schemas.ts";

/** A clock of theirs may be behind ours by this much. */
const clockSlackMs = 60_000;

export const findByOrigin = async (
  transport: Transport,
  entity: ItemEntity,
  externalId: string,
  options: CallOptions,
): Promise<readonly RemoteRecord[]> => {
  const filter = { "=originatorId": originator, "=originId": externalId };
  const params = { entityTypeId: entityTypes[entity], select: ["*", "fm"], filter, start: -1 };
  const result = await call(transport, z.unknown(), { method: "crm.item.list", params }, options);
  return itemsOf(result).map((item) => readItem(entity, item));
};

/** The newest comments of a record that say exactly this and are not older. */
const findComments = async (
  transport: Transport,
  owner: { readonly entity: ItemEntity; readonly id: number },
  text: string,
  sinceMs: number,
  options: CallOptions,
): Promise<readonly RemoteRecord[]> => {
  const filter = { ENTITY_ID: owner.id, ENTITY_TYPE: owner.entity };
  const command = { method: "crm.timeline.comment.list", params: { filter, order: { ID: "DESC" } } };
  const comments = await call(transport, z.array(commentSchema), command, options);
  return comments
    .filter(({ COMMENT, CREATED }) => COMMENT === text && Date.parse(CREATED ?? "") >= sinceMs - clockSlackMs)
    .map(readComment);
};

/** A note or task that looks like the one that was sent. */
export const findSame = async (
  transport: Transport,
  { operation, sinceMs }: { readonly operation: WriteOperation; readonly sinceMs: number },
  options: CallOptions,
): Promise<readonly RemoteRecord[]> => {
  const link = operation.links?.find(({ entity }) => isItemEntity(entity));
  if (link === undefined || !isItemEntity(link.entity)) return [];
  const owner = { entity: link.entity, id: Number(link.remoteId) };
  if (operation.entity === "note") {
    return findComments(transport, owner, String(operation.fields["text"]), sinceMs, options);
  }
  const filter = { OWNER_TYPE_ID: entityTypes[owner.entity], OWNER_ID: owner.id };
  const command = { method: "crm.activity.list", params: { filter, order: { ID: "DESC" }, start: -1 } };
  const due = Date.parse(String(operation.fields["dueAt"]));
  return activitiesOf(await call(transport, z.unknown(), command, options))
    .filter(
      (activity) =>
        (activity.SUBJECT ?? "") === (operation.fields["name"] ?? "") &&
        (activity.DESCRIPTION ?? "") === (operation.fields["text"] ?? "") &&
        Date.parse(activity.DEADLINE ?? "") === due &&
        Date.parse(activity.CREATED ?? "") >= sinceMs - clockSlackMs,
    )
    .map(readActivity);
};

/** A message as a comment in the deal's timeline: the channel, the subject and the addresses of what is attached. */
export const makeSendMessage =
  (
    transport: Transport,
    write: (operations: readonly WriteOperation[], options: CallOptions) => Promise<readonly WriteResult[]>,
  ) =>
  async (message: OutgoingMessage, options: CallOptions): Promise<WriteResult> => {
    const { dealId, channel, subject, body, attachments = [], triedSinceMs } = message;
    if (!/^\d+$/u.test(dealId)) {
      return { state: "refused", code: "crm_record_refused", message: "The deal's id is not one of this CRM." };
    }
    const text = [
      `[B]${channel === "email" ? "Email" : "Chat"}[/B]`,
      ...(subject === undefined || subject === "" ? [] : [subject]),
      body,
      ...attachments.map(({ name, url }) => `[URL=${url}]${name}[/URL]`),
    ].join("\n\n");
    if (triedSinceMs !== undefined) {
      const owner = { entity: "deal", id: Number(dealId) } as const;
      const [found] = await findComments(transport, owner, text, triedSinceMs, options);
      if (found !== undefined) return { state: "written", remoteId: found.remoteId, updatedAtMs: found.updatedAtMs };
    }
    const [result] = await write(
      [
        {
          entity: "note",
          externalId: message.externalId,
          fields: { text },
          customFields: {},
          links: [{ entity: "deal", remoteId: dealId }],
        },
      ],
      options,
    );
    return result ?? { state: "unclear", message: "Bitrix24 did not say what became of the message." };
  };
