import { readHubspotEvents } from "./hubspot/events.ts";
import { readBitrixEvents } from "./bitrix24/events.ts";
import { readKommoEvents } from "./kommo/events.ts";
import { readPipedriveEvents } from "./pipedrive/events.ts";
import type { ProviderName, RemoteEvents } from "./provider.ts";

const readers: Readonly<Partial<Record<ProviderName, (body: unknown) => readonly RemoteEvents[]>>> = {
  kommo: (body) => [readKommoEvents(body)],
  amocrm: (body) => [readKommoEvents(body)],
  bitrix24: (body) => [readBitrixEvents(body)],
  hubspot: readHubspotEvents,
  pipedrive: (body) => [readPipedriveEvents(body)],
};

/**
 * What a webhook says, by account, from its parsed body: JSON, or the nested object of a form. It is untrusted and only a
 * hint: what does not fit is left out, nothing throws. A provider without webhooks of its own gives nothing.
 */
export const readEvents = (provider: ProviderName, body: unknown): readonly RemoteEvents[] =>
  readers[provider]?.(body) ?? [];
