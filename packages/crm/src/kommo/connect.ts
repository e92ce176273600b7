import type { ProviderConnection } from "../connect-provider.ts";
import type { CallOptions, CrmEntity, CrmProvider } from "../provider.ts";
import { makeTransport } from "../transport/transport.ts";
import { readDeletions } from "./deletions.ts";
import { kommoDialect } from "./dialect.ts";
import { findByField, findSame, prepare } from "./external-ids.ts";
import { makeSendMessage } from "./messages.ts";
import { isRowEntity, list, read } from "./reading.ts";
import { accountSchema } from "./schemas.ts";
import { makeWebhooks } from "./webhooks.ts";
import { makeWrite, maxBatch } from "./write.ts";

/** The full-text search fills with a delay that nobody documents. */
const searchLagMs = 30_000;

/**
 * Kommo and amoCRM, API v4.
 * https://developers.kommo.com/reference · https://www.amocrm.ru/developers/content/crm_platform/api-reference
 */
export const connectKommo =
  (name: "kommo" | "amocrm") =>
  (connection: ProviderConnection): CrmProvider => {
    const dialect = kommoDialect(name === "kommo" ? "Kommo" : "amoCRM", connection);
    const transport = makeTransport({ connection, dialect });
    let prepared: Promise<Readonly<Partial<Record<string, string>>>> | undefined;

    const externalIdField = async (entity: CrmEntity, options: CallOptions): Promise<string | undefined> => {
      if (!isRowEntity(entity) || entity === "task") return undefined;
      const known = connection.externalIdFields?.[entity];
      if (known !== undefined) return known;
      prepared ??= prepare(transport, options).catch((error: unknown) => {
        prepared = undefined;
        throw error;
      });
      return (await prepared)[entity];
    };

    return {
      name,
      readable: ["contact", "company", "deal", "note", "task", "pipeline", "user", "field"],
      incremental: ["contact", "company", "deal", "note", "task"],
      writable: ["contact", "company", "deal", "note", "task"],
      maxBatch,
      searchLagMs,
      account: async (options) => {
        const request = { method: "GET", path: "/api/v4/account", effect: "read" } as const;
        const account = await transport.read(accountSchema, request, options);
        return { accountKey: String(account.id), name: account.name, baseUrl: connection.baseUrl };
      },
      list: (request, options) => list(transport, request, options),
      read: (request, options) => read(transport, request, options),
      deleted: async (request, options) => {
        const page = await readDeletions(transport, request, options);
        if (page === undefined || page.remoteIds.length === 0) return page;
        // A restored record is deleted in the journal all the same.
        const { records } = await read(transport, { entity: request.entity, remoteIds: page.remoteIds }, options);
        const alive = new Set(records.filter(({ deleted }) => !deleted).map(({ remoteId }) => remoteId));
        return { ...page, remoteIds: page.remoteIds.filter((id) => !alive.has(id)) };
      },
      write: makeWrite(transport, async ({ entity, remoteId }, options) =>
        remoteId === undefined ? externalIdField(entity, options) : undefined,
      ),
      findByExternalId: async ({ entity, externalId, sent }, options) => {
        const field = await externalIdField(entity, options);
        if (field !== undefined && isRowEntity(entity)) {
          return findByField(transport, entity, field, externalId, options);
        }
        return sent === undefined || (entity !== "note" && entity !== "task") ? [] : findSame(transport, sent, options);
      },
      prepare: async (options) => ({ externalIdFields: await prepare(transport, options) }),
      webhooks: makeWebhooks(transport),
      sendMessage: makeSendMessage(transport),
    };
  };
