import { z } from "zod";
import type { CallOptions, ProviderWebhooks } from "../provider.ts";
import { isNotFound } from "../transport/errors.ts";
import type { Transport } from "../transport/transport.ts";
import { pageOf } from "./schemas.ts";

const path = "/api/v1/webhooks";
const hookSchema = z.looseObject({
  id: z.coerce.string(),
  subscription_url: z.string(),
  is_active: z.union([z.number(), z.boolean()]).nullish(),
});

const hooks = async (transport: Transport, options: CallOptions) =>
  (await transport.read(pageOf(hookSchema), { method: "GET", path, effect: "read" }, options)).data;

/**
 * One webhook for all objects, version 2, proved by HTTP Basic. A company has 40 at most, and drops those that fail for long.
 * https://pipedrive.readme.io/docs/guide-for-webhooks-v2
 */
export const makeWebhooks = (transport: Transport): ProviderWebhooks => ({
  scheme: "pipedrive",
  subscribed: async (options) =>
    (await hooks(transport, options)).map(({ subscription_url: url, is_active }) => ({
      url,
      works: is_active !== 0 && is_active !== false,
    })),
  subscribe: async ({ url, secret }, options) => {
    const json = {
      subscription_url: url,
      event_action: "*",
      event_object: "*",
      http_auth_user: secret.user,
      http_auth_password: secret.password,
      version: "2.0",
    };
    await transport.call({ method: "POST", path, json, effect: "write" }, options);
  },
  unsubscribe: async (url, options) => {
    for (const hook of (await hooks(transport, options)).filter((one) => one.subscription_url === url)) {
      const request = { method: "DELETE", path: `${path}/${hook.id}`, effect: "write" } as const;
      await transport.call(request, options).catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
    }
  },
});
