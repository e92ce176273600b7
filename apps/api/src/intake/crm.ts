import { createHash, randomUUID } from "node:crypto";
import { PermanentError } from "@gpt-agent/jobs/errors";
import type { Enqueue } from "@gpt-agent/jobs/handler";
import { crmSync } from "@gpt-agent/jobs/queues/crm-sync";
import { webhooks } from "@gpt-agent/jobs/queues/webhooks";
import type { Scheme } from "@gpt-agent/signatures/scheme";
import type { CrmConnectionRow } from "@gpt-agent/supabase/crm-connections";
import type { CrmPorts } from "../crm-access.ts";
import { describe } from "../inbound/describe.ts";
import type { Ports } from "../ports.ts";
import { uuidOf } from "./ids.ts";
import type { LegacyJob } from "./legacy-jobs.ts";

export type CrmIntakePorts = Pick<Ports, "webhookSources" | "inboundEvents"> & {
  readonly crm: Pick<CrmPorts, "connections" | "records">;
};
type DataOf<Name extends LegacyJob["name"]> = Extract<LegacyJob, { readonly name: Name }>["data"];

interface Wanted {
  readonly orgId: string;
  readonly provider?: string | undefined;
  readonly connectionId?: string | undefined;
  readonly baseDomain?: string | undefined;
}

/** The same product under two names. */
const familyOf = (provider: string): string => (provider === "amocrm" ? "kommo" : provider);

/** `https://a.kommo.com/`, `a.kommo.com` and `a` are one account. */
const hostOf = (domain: string): string => (URL.parse(domain) ?? URL.parse(`https://${domain}`))?.hostname ?? domain;

const isMeant = ({ provider, connectionId, baseDomain }: Wanted, row: CrmConnectionRow): boolean => {
  if (row.state === "disconnecting") return false;
  if (connectionId !== undefined && row.id !== connectionId) return false;
  if (provider !== undefined && familyOf(row.provider) !== familyOf(provider)) return false;
  if (baseDomain === undefined) return true;
  const [wanted, host] = [hostOf(baseDomain), row.baseUrl === null ? "" : hostOf(row.baseUrl)];
  return wanted === host || host.split(".")[0] === wanted || row.accountKey === baseDomain;
};

/** A domain only chooses among the connections that are stored: nothing is ever sent to it. */
const connectionsOf = async ({ crm }: CrmIntakePorts, wanted: Wanted): Promise<readonly CrmConnectionRow[]> => {
  const rows = (await crm.connections.list({ orgId: wanted.orgId })).filter((row) => isMeant(wanted, row));
  if (rows.length > 0) return rows;
  throw new PermanentError(
    "connection_unknown",
    `The organisation has no ${wanted.provider ?? "CRM"} connection that fits. Connect the account, then retry the job.`,
  );
};

const oneConnection = async (ports: CrmIntakePorts, wanted: Wanted): Promise<CrmConnectionRow> => {
  const [row, ...others] = await connectionsOf(ports, wanted);
  if (row !== undefined && others.length === 0) return row;
  throw new PermanentError(
    "connection_unknown",
    `${others.length + 1} connections of the organisation fit. Name one by connectionId or baseDomain.`,
  );
};

/** All that fit: reading one account too often costs little, reading the wrong one would be a surprise. */
export const syncCrm = async (ports: CrmIntakePorts, enqueue: Enqueue, wanted: Wanted): Promise<void> => {
  for (const { id: connectionId } of await connectionsOf(ports, wanted)) {
    await enqueue(crmSync, { kind: "sync", orgId: wanted.orgId, connectionId });
  }
};

/** A row in the outbox, then a job to send it. The key makes a repeated job find the row of the first. */
export const sendMessage = async (
  ports: CrmIntakePorts,
  enqueue: Enqueue,
  data: DataOf<"kommo:send-message">,
  key: string,
): Promise<void> => {
  const { orgId, dealId, channel, message } = data;
  const { id: connectionId } = await oneConnection(ports, data);
  await ports.crm.records.create({
    orgId,
    connectionId,
    entity: "note",
    fields: { text: message.body },
    links: [{ entity: "deal", remoteId: dealId }],
    message: { ...message, dealId, channel },
    idempotencyKey: `intake-${key}`,
  });
  await enqueue(crmSync, { kind: "push", orgId, connectionId });
};

const schemeOf: Readonly<Record<CrmConnectionRow["provider"], Scheme>> = {
  kommo: "kommo",
  amocrm: "kommo",
  bitrix24: "bitrix24",
  hubspot: "hubspot",
  pipedrive: "pipedrive",
  salesforce: "standard",
};

/** The connection's source of webhooks, or one of its own for what old producers pass on; nobody knows its address. */
const sourceOf = async ({ webhookSources }: CrmIntakePorts, { orgId, id, provider }: CrmConnectionRow) => {
  const known = (await webhookSources.list({ orgId })).find(
    ({ connectionId, state }) => connectionId === id && state === "active",
  );
  if (known) return known;
  const sourceId = uuidOf("intake-source", orgId, id);
  const tokenHash = createHash("sha256").update(randomUUID()).digest("hex");
  const settings = { options: {}, connectionId: id, forwardEventType: null, laneBy: null, onPoison: "skip" as const };
  const named = { name: "Old producers (kommo:webhook)", retentionDays: 14, scheme: schemeOf[provider] };
  return webhookSources
    .create({ orgId, id: sourceId, tokenHash, secrets: [], ...settings, ...named })
    .catch(async (error: unknown) => {
      // Two jobs at once.
      const made = await webhookSources.get({ orgId, sourceId });
      if (made) return made;
      throw error;
    });
};

/** A row in the ledger of inbound events: a hint that makes crm-sync read what it names. */
export const takeWebhook = async (
  ports: CrmIntakePorts,
  enqueue: Enqueue,
  data: DataOf<"kommo:webhook">,
  key: string,
): Promise<void> => {
  const { orgId, payload } = data;
  const connection = await oneConnection(ports, data);
  const { id: sourceId, scheme } = await sourceOf(ports, connection);
  const { refused, wake } = await ports.inboundEvents.accept([
    {
      orgId,
      sourceId,
      ...describe(scheme as Scheme, payload, {}, null),
      dedupeKey: `intake:${key}`,
      trust: "hint",
      contentType: "application/json",
      headers: {},
      raw: Buffer.from(JSON.stringify(payload)).toString("base64"),
    },
  ]);
  if (refused.length > 0) throw new Error("the source of this webhook was just disabled");
  for (const { laneId } of wake) await enqueue(webhooks, { kind: "inbound", orgId, laneId });
};
