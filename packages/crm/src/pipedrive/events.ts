import { z } from "zod";
import type { CrmEntity, RemoteEvents } from "../provider.ts";

const entities: Readonly<Record<string, CrmEntity>> = {
  deal: "deal",
  person: "contact",
  organization: "company",
  activity: "task",
  note: "note",
};
const actions = { create: "added", change: "updated", delete: "deleted" } as const;

const id = z.coerce.string().regex(/^\d{1,18}$/u);

const webhook = z.looseObject({
  meta: z.looseObject({
    action: z.enum(["create", "change", "delete"]),
    entity: z.string(),
    entity_id: id,
    company_id: id.optional(),
    change_source: z.string().optional(),
    merged_to_id: id.optional(),
  }),
});

/**
 * Webhooks v2: one change each, proved by nothing but Basic authorisation. `change_source` is `app` for a person's change; `api`
 * is any app's, ours among them. https://pipedrive.readme.io/docs/guide-for-webhooks-v2
 */
export const readPipedriveEvents = (body: unknown): RemoteEvents => {
  const parsed = webhook.safeParse(body);
  if (!parsed.success) return { accountKey: undefined, events: [] };
  const { meta } = parsed.data;
  const entity = entities[meta.entity];
  if (entity === undefined) return { accountKey: meta.company_id, events: [] };
  const event = {
    entity,
    remoteId: meta.entity_id,
    action: actions[meta.action],
    ...(meta.change_source === "app" ? { changedBy: "other" as const } : {}),
  };
  const merged = meta.merged_to_id;
  return {
    accountKey: meta.company_id,
    events: merged === undefined ? [event] : [event, { entity, remoteId: merged, action: "updated" }],
  };
};
