import { readHubspotEvents } from "./hubspot/events.ts";
import { readBitrixEvents } from "./bitrix24/events.ts";
import { readKommoEvents } from "./kommo/events.ts";
import { readPipedriveEvents } from "./pipedrive/events.ts";
import type { ProviderName, RemoteEvents } from "./provider.ts";

/**
 * What a webhook says, from its parsed body: JSON, or the nested object of a form. It is untrusted and only a hint: what
 * does not fit is left out, nothing throws.
 */
export type ReadEvents = (body: unknown, headers: Readonly<Record<string, string>>) => RemoteEvents;

const readers: Readonly<Partial<Record<ProviderName, ReadEvents>>> = {
  kommo: readKommoEvents,
  amocrm: readKommoEvents,
  bitrix24: readBitrixEvents,
  hubspot: readHubspotEvents,
  pipedrive: readPipedriveEvents,
};

/** Header names in lower case. A provider without webhooks of its own gives no events. */
export const readEvents = (
  provider: ProviderName,
  body: unknown,
  headers: Readonly<Record<string, string>>,
): RemoteEvents => readers[provider]?.(body, headers) ?? { accountKey: undefined, events: [] };
