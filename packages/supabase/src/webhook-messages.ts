import { z } from "zod";
import type { Supabase } from "./client.ts";
import { decodeCursor, encodeCursor, pageSize } from "./cursor.ts";
import { failure } from "./errors.ts";
import { row } from "./rows.ts";
import { call } from "./rpc.ts";

const messageRow = row({
  id: z.string(),
  orgId: z.string(),
  eventType: z.string(),
  payload: z.json(),
  idempotencyKey: z.string().nullable(),
  createdAt: z.string(),
});
/** An event of the organisation, sent to every endpoint whose filters match. */
export type WebhookMessageRow = z.output<typeof messageRow>;

const created = z.object({ message: messageRow, created: z.boolean(), endpointIds: z.array(z.string()) });

export interface WebhookMessages {
  /**
   * The message with a delivery for every endpoint that wants it. The same key again answers with the message that is
   * there. `endpointIds`: whose job is to be woken.
   * @throws {PermanentError} conflict when the key was used for another message
   */
  create(input: {
    readonly orgId: string;
    readonly eventType: string;
    readonly payload: z.core.util.JSONType;
    readonly idempotencyKey?: string | undefined;
    /** To this endpoint alone, whatever its filters say. */
    readonly endpointId?: string | undefined;
  }): Promise<z.output<typeof created>>;
  get(input: { readonly orgId: string; readonly messageId: string }): Promise<WebhookMessageRow | undefined>;
  /** Newest first. */
  list(input: {
    readonly orgId: string;
    readonly eventType?: string | undefined;
    readonly limit: number;
    readonly cursor?: string | undefined;
  }): Promise<{ readonly messages: readonly WebhookMessageRow[]; readonly nextCursor?: string }>;
}

const createdAtAndId = z.tuple([z.iso.datetime({ offset: true }), z.guid()]);

export const makeWebhookMessages = (supabase: Supabase): WebhookMessages => {
  const table = () => supabase.from("webhook_messages");
  return {
    create: ({ orgId, eventType, payload, idempotencyKey, endpointId }) =>
      call(
        supabase,
        "create_webhook_message",
        {
          p_org_id: orgId,
          p_event_type: eventType,
          p_payload: payload,
          p_idempotency_key: idempotencyKey ?? null,
          p_only_endpoint_id: endpointId ?? null,
        },
        created,
      ),

    async get({ orgId, messageId }) {
      const { data, error, status } = await table().select().eq("org_id", orgId).eq("id", messageId).maybeSingle();
      if (error) throw failure(`reading webhook message ${messageId}`, error, status);
      return data ? messageRow.parse(data) : undefined;
    },

    async list({ orgId, eventType, limit, cursor }) {
      const size = pageSize(limit);
      let rows = table().select().eq("org_id", orgId);
      if (eventType !== undefined) rows = rows.eq("event_type", eventType);
      if (cursor !== undefined) {
        const [createdAt, id] = decodeCursor(cursor, createdAtAndId);
        rows = rows.or(`created_at.lt."${createdAt}",and(created_at.eq."${createdAt}",id.lt.${id})`);
      }
      const { data, error, status } = await rows
        .order("created_at", { ascending: false })
        .order("id", { ascending: false })
        .limit(size + 1);
      if (error) throw failure("listing webhook messages", error, status);
      const messages = z.array(messageRow).parse(data).slice(0, size);
      const last = messages.at(-1);
      return { messages, ...(last && data.length > size && { nextCursor: encodeCursor([last.createdAt, last.id]) }) };
    },
  };
};
