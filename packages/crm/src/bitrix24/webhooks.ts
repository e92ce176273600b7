import { z } from "zod";
import type { CallOptions, ProviderWebhooks } from "../provider.ts";
import type { Transport } from "../transport/transport.ts";
import { batch, call, commandFailure } from "./api.ts";
import { eventNames } from "./events.ts";

const handlersSchema = z.array(z.looseObject({ event: z.string(), handler: z.string().nullish() }));

const handlers = async (transport: Transport, options: CallOptions) =>
  (await call(transport, handlersSchema, { method: "event.get", params: {} }, options)).flatMap(({ event, handler }) =>
    handler ? [{ event, url: handler }] : [],
  );

/**
 * Online events, one handler for each: a form that is sent once. Nobody who binds them by OAuth is told the token that the
 * portal proves itself by, so they are hints, at an address that nobody else knows.
 * https://apidocs.bitrix24.com/api-reference/events/event-bind.html
 */
export const makeWebhooks = (transport: Transport): ProviderWebhooks => ({
  scheme: "bitrix24",
  subscribed: async (options) => {
    const bound = Map.groupBy(await handlers(transport, options), ({ url }) => url);
    return [...bound].map(([url, some]) => ({ url, works: some.length >= eventNames.length }));
  },
  subscribe: async ({ url }, options) => {
    const commands = eventNames.map((event) => ({ method: "event.bind", params: { event, handler: url } }));
    // Not as writes are sent: those carry the mark of our own changes, which a handler of ours would then leave out.
    const answers = await batch(transport, commands, "read", options);
    const refused = answers.find(({ error }) => error !== undefined);
    if (refused !== undefined) throw commandFailure("event.bind", refused.error);
  },
  unsubscribe: async (url, options) => {
    const bound = (await handlers(transport, options)).filter((one) => one.url === url);
    const commands = bound.map(({ event }) => ({ method: "event.unbind", params: { event, handler: url } }));
    if (commands.length > 0) await batch(transport, commands, "read", options);
  },
});
