import { z } from "zod";
import type { ProviderWebhooks } from "../provider.ts";
import { isNotFound } from "../transport/errors.ts";
import type { Transport } from "../transport/transport.ts";
import { readList } from "./api.ts";

const topics = [
  ...["lead", "contact", "company"].flatMap((of) =>
    ["add", "update", "delete", "restore", "note"].map((what) => `${what}_${of}`),
  ),
  "add_task",
  "update_task",
  "delete_task",
  "status_lead",
  "responsible_lead",
];

const rowSchema = z.looseObject({ destination: z.string(), disabled: z.boolean().nullish() });

/**
 * The account sends forms, unsigned, to an address that nobody else knows. It switches an address off that fails too often.
 * https://developers.kommo.com/reference/webhooks-list · https://www.amocrm.ru/developers/content/crm_platform/webhooks-api
 */
export const makeWebhooks = (transport: Transport): ProviderWebhooks => ({
  scheme: "kommo",
  subscribed: async (options) => {
    const rows = await readList(transport, { path: "webhooks", what: "webhooks", row: rowSchema }, options);
    return rows.map(({ destination, disabled }) => ({ url: destination, works: disabled !== true }));
  },
  subscribe: async ({ url }, options) => {
    const json = { destination: url, settings: topics };
    await transport.call({ method: "POST", path: "/api/v4/webhooks", json, effect: "write" }, options);
  },
  unsubscribe: async (url, options) => {
    const request = {
      method: "DELETE",
      path: "/api/v4/webhooks",
      json: { destination: url },
      effect: "write",
    } as const;
    await transport.call(request, options).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  },
});
