import type { ProviderConnection } from "../connect-provider.ts";
import { messageNote } from "../message-note.ts";
import type { CallOptions, CrmEntity, CrmProvider, WriteResult } from "../provider.ts";
import { makeTransport } from "../transport/transport.ts";
import { pipedriveDialect } from "./dialect.ts";
import { canHoldIds, findByField, findSame, prepare } from "./find.ts";
import { makeReading } from "./reading.ts";
import { meSchema, oneOf } from "./schemas.ts";
import { makeWebhooks } from "./webhooks.ts";
import { makeWrite, maxBatch } from "./write.ts";

/** Nobody documents how soon a record can be searched for. */
const searchLagMs = 30_000;
const rowsAndNotes = ["contact", "company", "deal", "note", "task"] as const;

/** Pipedrive API v2, with notes, users and fields of v1. https://developers.pipedrive.com/docs/api/v1 */
export const connectPipedrive = (connection: ProviderConnection): CrmProvider => {
  const transport = makeTransport({ connection, dialect: pipedriveDialect(connection) });
  const reading = makeReading(transport);
  let prepared: Promise<Readonly<Partial<Record<string, string>>>> | undefined;

  const fieldFor = async (entity: CrmEntity, options: CallOptions): Promise<string | undefined> => {
    if (!canHoldIds(entity)) return undefined;
    const known = connection.externalIdFields?.[entity];
    if (known !== undefined) return known;
    prepared ??= prepare(transport, reading, options).catch((error: unknown) => {
      prepared = undefined;
      throw error;
    });
    return (await prepared)[entity];
  };
  const write = makeWrite(transport, reading, async ({ entity, remoteId }, options) =>
    remoteId === undefined ? fieldFor(entity, options) : undefined,
  );

  return {
    name: "pipedrive",
    readable: [...rowsAndNotes, "pipeline", "user", "field"],
    incremental: rowsAndNotes,
    writable: rowsAndNotes,
    maxBatch,
    searchLagMs,
    account: async (options) => {
      const request = { method: "GET", path: "/api/v1/users/me", effect: "read" } as const;
      const { data } = await transport.read(oneOf(meSchema), request, options);
      const name = data.company_name ?? `Pipedrive ${data.company_id}`;
      return { accountKey: data.company_id, name, baseUrl: connection.baseUrl };
    },
    list: reading.list,
    read: async ({ entity, remoteIds }, options) => {
      const wanted = new Set(remoteIds);
      const found = await reading.read(entity, remoteIds, options);
      const records = found.filter(({ remoteId }) => wanted.delete(remoteId));
      return { records, missing: [...wanted] };
    },
    deleted: async ({ entity, window, cursor }, options) =>
      entity === "deal" ? reading.deleted(window, cursor, options) : undefined,
    write,
    findByExternalId: async ({ entity, externalId, sent }, options) => {
      const field = await fieldFor(entity, options);
      if (field !== undefined && canHoldIds(entity)) {
        return findByField(transport, reading, entity, { field, externalId }, options);
      }
      return sent === undefined ? [] : findSame(transport, reading, sent, options);
    },
    prepare: async (options) => ({ externalIdFields: await prepare(transport, reading, options) }),
    webhooks: makeWebhooks(transport),
    sendMessage: async (message, options): Promise<WriteResult> => {
      const operation = messageNote(message);
      if (message.triedSinceMs !== undefined) {
        const sent = { operation, sinceMs: message.triedSinceMs };
        const [found] = await findSame(transport, reading, sent, options);
        if (found !== undefined) return { state: "written", remoteId: found.remoteId, updatedAtMs: found.updatedAtMs };
      }
      const [result] = await write([operation], options);
      return result ?? { state: "unclear", message: "Pipedrive did not say what became of it." };
    },
  };
};
