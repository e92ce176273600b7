import type { EntityMapping } from "@gpt-agent/crm/mapping";
import type { ProviderOAuth } from "@gpt-agent/crm/connect-provider";
import type { InstalledApps } from "@gpt-agent/crm/oauth-apps";
import type { ProviderName } from "@gpt-agent/crm/provider";
import type { SendGuarded } from "@gpt-agent/http/guarded-request";
import { crmSync } from "@gpt-agent/jobs/queues/crm-sync";
import type { PayloadOf } from "@gpt-agent/jobs/define-queue";
import type { CrmConflicts } from "@gpt-agent/supabase/crm-conflicts";
import type { CrmConnectionRow, CrmConnections } from "@gpt-agent/supabase/crm-connections";
import type { CrmMappings } from "@gpt-agent/supabase/crm-mappings";
import type { CrmOAuthStates } from "@gpt-agent/supabase/crm-oauth-states";
import type { CrmOutbox } from "@gpt-agent/supabase/crm-outbox";
import type { CrmRecords } from "@gpt-agent/supabase/crm-records";
import type { CrmRefetches } from "@gpt-agent/supabase/crm-refetches";
import type { CrmTokens } from "@gpt-agent/supabase/crm-tokens";
import { notFound } from "./problem.ts";
import type { Ports } from "./ports.ts";

/** What the CRM routes need from the outside. */
export interface CrmPorts {
  readonly connections: Pick<CrmConnections, "create" | "get" | "list" | "update" | "disconnect" | "resume">;
  readonly tokens: Pick<CrmTokens, "read" | "authorize">;
  readonly oauthStates: CrmOAuthStates;
  readonly mappings: CrmMappings;
  readonly records: Pick<CrmRecords, "get" | "list" | "create" | "edit">;
  readonly outbox: Pick<CrmOutbox, "waiting">;
  readonly refetches: Pick<CrmRefetches, "requestOfAccount">;
  readonly conflicts: CrmConflicts;
  /** The installation's OAuth apps. */
  readonly apps: InstalledApps;
  /** Of a provider: how people sign in (absent: long-lived tokens only), and where its accounts live. */
  readonly provider: (name: ProviderName) => {
    readonly oauth?: ProviderOAuth;
    readonly hostSuffixes: readonly string[];
  };
  readonly send: SendGuarded;
  /** Where browsers reach this API; undefined where PUBLIC_URL is not set. */
  readonly publicUrl: string | undefined;
}

/** @throws {Problem} not_found for another organisation's connection */
export const connectionOf = async (
  { connections }: Pick<CrmPorts, "connections">,
  key: { readonly orgId: string; readonly connectionId: string },
): Promise<CrmConnectionRow> => {
  const row = await connections.get(key);
  if (!row || row.state === "disconnecting") throw notFound("CRM connection");
  return row;
};

export const mappingOf = async (
  { mappings }: Pick<CrmPorts, "mappings">,
  key: { readonly orgId: string; readonly connectionId: string },
  entity: string,
): Promise<EntityMapping> => (await mappings.list(key)).find((mapping) => mapping.entity === entity)?.fields;

/** The row is stored; where Redis is away, the sweep finds it within two minutes. */
export const wakeCrm = async (
  { enqueue, log }: Pick<Ports, "enqueue" | "log">,
  payload: PayloadOf<typeof crmSync>,
): Promise<void> => {
  await enqueue(crmSync, payload).catch((error: unknown) => {
    log.warn("the CRM job could not be queued; the sweep will", { ...payload, error });
  });
};
