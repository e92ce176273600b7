import { randomUUID } from "node:crypto";
import { makeCrmConflicts } from "../src/crm-conflicts.ts";
import { makeCrmConnections } from "../src/crm-connections.ts";
import { makeCrmCursors } from "../src/crm-cursors.ts";
import { makeCrmMappings } from "../src/crm-mappings.ts";
import { makeCrmOAuthStates } from "../src/crm-oauth-states.ts";
import { makeCrmOutbox } from "../src/crm-outbox.ts";
import { makeCrmRecords, type MergedCrmRecord } from "../src/crm-records.ts";
import { makeCrmRefetches } from "../src/crm-refetches.ts";
import { makeCrmTokens } from "../src/crm-tokens.ts";
import { supabase } from "./fixture.ts";

/** What the tenancy walk needs of the CRM tables: an organisation that has one of everything, and a case per method. */
export const crmRepositories = {
  crmConflicts: makeCrmConflicts(supabase),
  crmConnections: makeCrmConnections(supabase),
  crmCursors: makeCrmCursors(supabase),
  crmMappings: makeCrmMappings(supabase),
  crmOAuthStates: makeCrmOAuthStates(supabase),
  crmOutbox: makeCrmOutbox(supabase),
  crmRecords: makeCrmRecords(supabase),
  crmRefetches: makeCrmRefetches(supabase),
  crmTokens: makeCrmTokens(supabase),
};
const {
  crmConflicts,
  crmConnections,
  crmCursors,
  crmMappings,
  crmOAuthStates,
  crmOutbox,
  crmRecords,
  crmRefetches,
  crmTokens,
} = crmRepositories;

const sealed = { sealed: "v1.sealed", refreshable: true, expiresAtMs: undefined };
const entity = "contact";

const merged: MergedCrmRecord = {
  remoteId: "1",
  version: 0,
  fields: { name: "Наше" },
  base: { name: "Было" },
  remote: { fields: { name: "Их" }, customFields: {} },
  raw: null,
  links: [],
  remoteUpdatedAtMs: undefined,
  pulled: [],
  closes: [],
  push: true,
  conflicts: [{ field: "name", ours: "Наше", crm: "Их", base: "Было", resolution: null }],
};

export const makeCrmScene = async (orgId: string) => {
  const place = { orgId, connectionId: randomUUID() };
  await crmConnections.create({ orgId, id: place.connectionId, provider: "kommo", name: "Продажи" });
  await crmTokens.authorize({ ...place, ...sealed });
  const tokens = await crmTokens.read(place);
  const version = tokens?.version ?? 0;
  const refreshLease = await crmTokens.takeLease({ ...place, version, leaseSeconds: 600 });
  const state = randomUUID();
  await crmOAuthStates.put({ ...place, state, codeVerifier: null, redirectUrl: "https://a.example", ttlSeconds: 600 });
  await crmMappings.put({ ...place, entity, fields: [] });
  const cursor = await crmCursors.open({ ...place, entity, kind: "sweep" });
  await crmRecords.apply({
    ...place,
    entity,
    rows: [merged],
    errors: [{ subject: "2", code: "crm_bad_response", message: "?" }],
  });
  await crmRefetches.request({ ...place, changes: [{ entity, remoteId: "9" }] });
  const [write] = await crmOutbox.claim({ ...place, limit: 1, leaseSeconds: 600 });
  const [conflict] = (await crmConflicts.list({ ...place, limit: 1 })).conflicts;
  return {
    place,
    version,
    refreshLease: refreshLease ?? "",
    state,
    cursor,
    recordId: write?.recordId ?? "",
    write: { id: write?.id ?? "", lease: write?.lease ?? "" },
    conflictId: conflict?.id ?? "",
  };
};
type CrmScene = Awaited<ReturnType<typeof makeCrmScene>>;

type Cases = {
  readonly [R in keyof typeof crmRepositories]: {
    readonly [M in keyof (typeof crmRepositories)[R]]: (
      scene: { readonly crm: CrmScene },
      orgId: string,
    ) => Promise<unknown>;
  };
};

const step = ({ cursor }: CrmScene) => ({ entity, kind: "sweep", version: cursor.version }) as const;

export const crmCases: Cases = {
  crmConflicts: {
    list: async ({ crm }, orgId) => (await crmConflicts.list({ ...crm.place, orgId, limit: 9 })).conflicts,
    resolve: ({ crm }, orgId) =>
      crmConflicts.resolve({ ...crm.place, orgId, conflictId: crm.conflictId, resolution: "ours" }),
    errors: ({ crm }, orgId) => crmConflicts.errors({ ...crm.place, orgId, limit: 9 }),
  },
  crmConnections: {
    create: ({ crm }, orgId) =>
      crmConnections
        .create({ orgId, id: crm.place.connectionId, provider: "kommo", name: "Чужая" })
        .catch((error: unknown) => ((error as { code?: unknown }).code === "conflict" ? undefined : error)),
    get: ({ crm }, orgId) => crmConnections.get({ ...crm.place, orgId }),
    list: (_, orgId) => crmConnections.list({ orgId }),
    update: ({ crm }, orgId) => crmConnections.update({ ...crm.place, orgId, name: "Моя" }),
    remove: ({ crm }, orgId) => crmConnections.remove({ ...crm.place, orgId }),
    disconnect: ({ crm }, orgId) => crmConnections.disconnect({ ...crm.place, orgId }),
    watch: ({ crm }, orgId) =>
      crmConnections.watch({ ...crm.place, orgId, webhooks: "polling", message: null, sourceId: null }),
    stop: ({ crm }, orgId) =>
      crmConnections.stop({ ...crm.place, orgId, state: "suspended", code: "crm_forbidden", message: "!" }),
    resume: ({ crm }, orgId) => crmConnections.resume({ ...crm.place, orgId }),
    setAccount: ({ crm }, orgId) =>
      crmConnections.setAccount({
        ...crm.place,
        orgId,
        accountKey: "a",
        accountName: "a",
        baseUrl: "https://a.example",
      }),
    schedule: ({ crm }, orgId) => crmConnections.schedule({ ...crm.place, orgId, backfilled: true }),
    due: async ({ crm }, orgId) => {
      // Installation-wide by design: what it gives names the row's own organisation.
      for await (const due of crmConnections.due({ keepAliveSeconds: {} })) {
        if (due.connectionId === crm.place.connectionId && due.orgId === orgId) return due;
      }
      return undefined;
    },
  },
  crmCursors: {
    open: ({ crm }, orgId) => crmCursors.open({ ...crm.place, orgId, entity, kind: "sweep" }),
    list: ({ crm }, orgId) => crmCursors.list({ ...crm.place, orgId }),
  },
  crmMappings: {
    list: ({ crm }, orgId) => crmMappings.list({ ...crm.place, orgId }),
    put: ({ crm }, orgId) => crmMappings.put({ ...crm.place, orgId, entity, fields: [] }),
  },
  crmOAuthStates: {
    put: ({ crm }, orgId) =>
      crmOAuthStates.put({
        ...crm.place,
        orgId,
        state: randomUUID(),
        codeVerifier: null,
        redirectUrl: "https://a.example",
        ttlSeconds: 600,
      }),
    take: () => crmOAuthStates.take({ state: randomUUID() }), // the state says whose it is
  },
  crmOutbox: {
    claim: ({ crm }, orgId) => crmOutbox.claim({ ...crm.place, orgId, limit: 9, leaseSeconds: 1 }),
    settle: async ({ crm: { place, write } }, orgId) =>
      (await crmOutbox.settle({
        ...place,
        orgId,
        lease: write.lease,
        results: [{ id: write.id, state: "done", remoteId: "1" }],
      })) > 0,
    waiting: ({ crm }, orgId) => crmOutbox.waiting({ ...crm.place, orgId, limit: 9 }),
    list: ({ crm }, orgId) => crmOutbox.list({ ...crm.place, orgId, recordId: crm.recordId, limit: 9 }),
  },
  crmRecords: {
    toMerge: ({ crm }, orgId) => crmRecords.toMerge({ ...crm.place, orgId, entity, remoteIds: ["1"] }),
    apply: ({ crm }, orgId) =>
      crmRecords.apply({ ...crm.place, orgId, entity, rows: [], missing: ["1"], step: step(crm) }),
    finishSweep: ({ crm }, orgId) =>
      crmRecords
        .finishSweep({ ...crm.place, orgId, entity, pass: 1, startedAt: "2100-01-01", step: step(crm) })
        .catch((error: unknown) => ((error as { code?: unknown }).code === "stale_lease" ? undefined : error)),
    get: ({ crm }, orgId) => crmRecords.get({ ...crm.place, orgId, recordId: crm.recordId }),
    list: async ({ crm }, orgId) => (await crmRecords.list({ ...crm.place, orgId, limit: 9 })).records,
    create: ({ crm }, orgId) =>
      crmRecords.create({ ...crm.place, orgId, entity, fields: { name: "x" }, idempotencyKey: "x" }),
    edit: ({ crm }, orgId) =>
      crmRecords.edit({ ...crm.place, orgId, recordId: crm.recordId, changes: { name: "x" }, idempotencyKey: "x" }),
  },
  crmRefetches: {
    request: ({ crm }, orgId) => crmRefetches.request({ ...crm.place, orgId, changes: [{ entity, remoteId: "1" }] }),
    requestOfAccount: () =>
      // Installation-wide by design: it finds connections by the account that they are known to belong to.
      crmRefetches.requestOfAccount({
        provider: "kommo",
        accountKey: randomUUID(),
        changes: [{ entity, remoteId: "1" }],
      }),
    due: ({ crm }, orgId) => crmRefetches.due({ ...crm.place, orgId, limit: 9 }),
  },
  crmTokens: {
    read: ({ crm }, orgId) => crmTokens.read({ ...crm.place, orgId }),
    takeLease: ({ crm }, orgId) =>
      crmTokens.takeLease({ ...crm.place, orgId, version: crm.version, leaseSeconds: 600 }),
    beginRefresh: ({ crm }, orgId) =>
      crmTokens.beginRefresh({
        ...crm.place,
        orgId,
        version: crm.version,
        lease: crm.refreshLease,
        leaseSeconds: 600,
      }),
    rescue: ({ crm }, orgId) => crmTokens.rescue({ ...crm.place, orgId, ...sealed, version: crm.version + 1 }),
    commit: ({ crm }, orgId) => crmTokens.commit({ ...crm.place, orgId, version: crm.version }),
    release: ({ crm }, orgId) => crmTokens.release({ ...crm.place, orgId, lease: crm.refreshLease }),
    authorize: ({ crm }, orgId) => crmTokens.authorize({ ...crm.place, orgId, ...sealed }),
    setClientSecret: ({ crm }, orgId) => crmTokens.setClientSecret({ ...crm.place, orgId, sealed: "v1.x" }),
  },
};
