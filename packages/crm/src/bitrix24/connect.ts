import { PermanentError } from "@gpt-agent/jobs/errors";
import type { ConnectProvider } from "../connect-provider.ts";
import { makeTransport } from "../transport/transport.ts";
import { call } from "./api.ts";
import { bitrixDialect } from "./dialect.ts";
import { findByOrigin, findSame, makeSendMessage } from "./find.ts";
import { list } from "./list.ts";
import { read } from "./read.ts";
import { isItemEntity } from "./records.ts";
import { appSchema } from "./schemas.ts";
import { makeWebhooks } from "./webhooks.ts";
import { makeWrite, maxBatch } from "./write.ts";

/**
 * Bitrix24 in the cloud, by its universal methods. Comments can only be listed per record, so what changed among them comes
 * by events; nobody lists deletions, so events and a sweep of ids find them.
 * https://apidocs.bitrix24.com
 */
export const connectBitrix24: ConnectProvider = (connection) => {
  const transport = makeTransport({ connection, dialect: bitrixDialect(connection) });
  const write = makeWrite(transport);
  return {
    name: "bitrix24",
    readable: ["contact", "company", "deal", "note", "task", "pipeline", "user", "field"],
    incremental: ["contact", "company", "deal", "task"],
    writable: ["contact", "company", "deal", "note", "task"],
    maxBatch,
    searchLagMs: 5_000,
    account: async (options) => {
      const app = await call(transport, appSchema, { method: "app.info", params: {} }, options);
      // No method tells the member id, only the answers of the authorisation server do.
      const { accountKey } = await connection.tokens.current(options.signal);
      if (accountKey === undefined) {
        throw new PermanentError("crm_bad_response", "Bitrix24 did not name the portal. Connect it by OAuth again.");
      }
      return {
        accountKey,
        name: new URL(connection.baseUrl).host,
        baseUrl: connection.baseUrl,
        ...(app.LICENSE_FAMILY ? { plan: { family: app.LICENSE_FAMILY } } : {}),
      };
    },
    list: (request, options) => list(transport, request, options),
    read: (request, options) => read(transport, request, options),
    deleted: async () => undefined,
    write,
    findByExternalId: async ({ entity, externalId, sent }, options) => {
      if (isItemEntity(entity)) return findByOrigin(transport, entity, externalId, options);
      return sent === undefined || (entity !== "note" && entity !== "task") ? [] : findSame(transport, sent, options);
    },
    webhooks: makeWebhooks(transport),
    sendMessage: makeSendMessage(transport, write),
  };
};
