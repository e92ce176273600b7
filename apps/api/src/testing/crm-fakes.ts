import { providerEntry } from "@gpt-agent/crm/providers";
import { PermanentError } from "@gpt-agent/jobs/errors";
import type { CrmConflictRow } from "@gpt-agent/supabase/crm-conflicts";
import type { CrmConnectionRow } from "@gpt-agent/supabase/crm-connections";
import type { CrmMappingRow } from "@gpt-agent/supabase/crm-mappings";
import type { CrmRecordRow } from "@gpt-agent/supabase/crm-records";
import { randomUUID } from "node:crypto";
import type { CrmPorts } from "../crm-access.ts";

interface Key {
  readonly orgId: string;
  readonly connectionId: string;
}
type Flow = Parameters<CrmPorts["oauthStates"]["put"]>[0];
type Authorized = Parameters<CrmPorts["tokens"]["authorize"]>[0];

const createdAt = "2026-11-23T12:00:00+00:00";

/** CRM rows in memory, apart by organisation like the real ones. */
export const makeCrmFakes = () => {
  const connections = new Map<string, CrmConnectionRow>();
  const secrets = new Map<string, string>();
  const authorized: Authorized[] = [];
  const flows = new Map<string, Flow>();
  const mappings = new Map<string, CrmMappingRow>();
  const records = new Map<string, CrmRecordRow>();
  const conflicts = new Map<string, CrmConflictRow & Key>();
  const asked: string[] = [];
  const refetched: string[] = [];

  const own = ({ orgId, connectionId }: Key): CrmConnectionRow | undefined => {
    const row = connections.get(connectionId);
    return row?.orgId === orgId ? row : undefined;
  };
  const required = (key: Key): CrmConnectionRow => {
    const row = own(key);
    if (!row) throw new PermanentError("tenant_mismatch", "no such connection");
    return row;
  };
  const mine = (key: Key) => (row: Key) => row.orgId === key.orgId && row.connectionId === key.connectionId;

  const crm: CrmPorts = {
    connections: {
      create: async ({ orgId, id, provider, name, policy = "crm_wins", plan = {}, settings = {}, ...app }) => {
        const row = makeConnectionRow({ id, orgId, provider, name, policy, settings, clientId: app.clientId ?? null });
        connections.set(id, { ...row, plan: { ...plan } });
        if (app.sealedClientSecret !== undefined) secrets.set(id, app.sealedClientSecret);
        return row;
      },
      get: async (key) => own(key),
      list: async ({ orgId }) => [...connections.values()].filter((row) => row.orgId === orgId),
      update: async ({ orgId, connectionId, name, policy }) => {
        const row = own({ orgId, connectionId });
        if (!row) return undefined;
        const next = { ...row, ...(name !== undefined && { name }), ...(policy !== undefined && { policy }) };
        connections.set(connectionId, next);
        return next;
      },
      disconnect: async (key) => own(key) !== undefined && connections.delete(key.connectionId),
      resume: async (key) => {
        const next: CrmConnectionRow = { ...required(key), state: "backfilling", stateCode: null, stateMessage: null };
        connections.set(key.connectionId, next);
        return next;
      },
    },
    tokens: {
      read: async (key) => ({
        ...key,
        version: 0,
        tokens: null,
        clientSecret: secrets.get(key.connectionId) ?? null,
        refreshable: false,
        expiresAt: null,
        refreshedAt: null,
        refreshLeaseUntil: null,
        refreshIntentAt: null,
      }),
      authorize: async (tokens) => {
        required(tokens);
        authorized.push(tokens);
      },
    },
    oauthStates: {
      put: async (flow) => {
        required(flow);
        flows.set(flow.state, flow);
      },
      take: async ({ state }) => {
        const flow = flows.get(state);
        flows.delete(state);
        return flow && { ...flow, account: flow.account ?? null };
      },
    },
    mappings: {
      list: async (key) => (own(key) ? [...mappings.values()] : []),
      put: async ({ entity, fields, ...key }) => {
        required(key);
        const row = { entity, fields: [...fields], updatedAt: createdAt };
        mappings.set(entity, row);
        return row;
      },
    },
    records: {
      get: async (key) => {
        const row = records.get(key.recordId);
        return row && mine(key)(row) ? row : undefined;
      },
      list: async (key) => ({ records: [...records.values()].filter(mine(key)) }),
      create: async ({ orgId, connectionId, entity, fields, links = [] }) => {
        const row = makeRecordRow({ orgId, connectionId, entity, fields, links: [...links], remoteId: null });
        records.set(row.id, row);
        return row;
      },
      edit: async ({ recordId, changes, version }) => {
        const row = records.get(recordId);
        if (!row) throw new PermanentError("tenant_mismatch", "no such record");
        if (version !== undefined && version !== row.version) throw new PermanentError("superseded", "moved on");
        const next = { ...row, fields: { ...row.fields, ...changes }, version: row.version + 1 };
        records.set(recordId, next);
        return next;
      },
    },
    outbox: {
      waiting: async (key) =>
        [...records.values()].filter(mine(key)).map(({ id, entity, remoteId, fields, base, links }) => ({
          id: randomUUID(),
          op: "update" as const,
          payload: null,
          unclear: false,
          attempts: 0,
          sentAt: null,
          recordId: id,
          held: [],
          entity,
          remoteId,
          fields,
          base,
          links,
        })),
    },
    refetches: {
      requestOfAccount: async ({ provider, accountKey, changes }) => {
        const found = [...connections.values()].filter(
          (row) => row.provider === provider && row.accountKey === accountKey && row.auth === "oauth",
        );
        refetched.push(...changes.map(({ entity, remoteId }) => `${accountKey} ${entity} ${remoteId}`));
        return found.map(({ orgId, id: connectionId }) => ({ orgId, connectionId }));
      },
    },
    conflicts: {
      list: async (key) => ({ conflicts: [...conflicts.values()].filter(mine(key)) }),
      resolve: async ({ conflictId, resolution, ...key }) => {
        const row = conflicts.get(conflictId);
        if (!row || !mine(key)(row)) throw new PermanentError("tenant_mismatch", "no such conflict");
        return { ...row, state: "resolved", resolution, resolvedBy: "person", resolvedAt: createdAt };
      },
      errors: async () => [],
    },
    apps: {
      kommo: { clientId: "app-id", clientSecret: { reveal: () => "app-secret" } },
      hubspot: { clientId: "hubspot-id", clientSecret: { reveal: () => "hubspot-secret" } },
    },
    provider: providerEntry,
    send: async ({ url, body }) => {
      asked.push(`${url} ${typeof body === "string" ? body : ""}`);
      const tokens = { access_token: "access", refresh_token: "refresh", expires_in: 86_400 };
      const headers = { "content-type": "application/json" };
      return { status: 200, headers, body: Buffer.from(JSON.stringify(tokens)), truncated: false, address: "", ms: 1 };
    },
    publicUrl: "https://api.example.test",
  };
  return { crm, connections, authorized, flows, records, conflicts, asked, refetched };
};

export const makeConnectionRow = (fields: Partial<CrmConnectionRow>): CrmConnectionRow => ({
  id: randomUUID(),
  orgId: randomUUID(),
  provider: "kommo",
  name: "Продажи",
  accountKey: null,
  accountName: null,
  baseUrl: null,
  state: "connecting",
  stateCode: null,
  stateMessage: null,
  stateChangedAt: createdAt,
  policy: "crm_wins",
  plan: {},
  settings: {},
  externalIdFields: {},
  clientId: null,
  redirectUrl: null,
  auth: null,
  webhooks: null,
  webhooksMessage: null,
  webhookSourceId: null,
  backfilledAt: null,
  syncedAt: null,
  nextSyncAt: createdAt,
  createdAt,
  updatedAt: createdAt,
  ...fields,
});

export const makeRecordRow = (fields: Partial<CrmRecordRow>): CrmRecordRow => ({
  id: randomUUID(),
  orgId: randomUUID(),
  connectionId: randomUUID(),
  entity: "contact",
  remoteId: "1",
  fields: { name: "Иван" },
  base: { name: "Иван" },
  links: [],
  remote: { fields: {}, customFields: {} },
  remoteUpdatedAt: null,
  localChangedAt: null,
  version: 1,
  deletedAt: null,
  createdAt,
  updatedAt: createdAt,
  ...fields,
});

export const makeConflictRow = (fields: Partial<CrmConflictRow & Key>): CrmConflictRow & Key => ({
  id: randomUUID(),
  orgId: randomUUID(),
  connectionId: randomUUID(),
  recordId: randomUUID(),
  entity: "contact",
  field: "name",
  reason: "both_changed",
  ours: "Наше",
  crm: "Их",
  base: "Было",
  state: "open",
  resolution: null,
  resolvedBy: null,
  createdAt,
  resolvedAt: null,
  ...fields,
});
