import type { ProviderName } from "@gpt-agent/crm/provider";
import { sealTokens } from "@gpt-agent/crm/sealed-tokens";
import { makeKeyRing } from "@gpt-agent/crypto/key-ring";
import { makeOrgSeal } from "@gpt-agent/crypto/org-seal";
import { makeGuardedSend } from "@gpt-agent/http/make-guarded-send";
import { crmSync } from "@gpt-agent/jobs/queues/crm-sync";
import { makeOpenLimiter } from "@gpt-agent/limits/testing";
import type { OAuthApp, OAuthServer } from "@gpt-agent/local/sandboxes/oauth-server";
import type { SandboxParts } from "@gpt-agent/local/sandboxes/sandbox";
import { type KommoSandboxOptions, startKommoSandbox } from "@gpt-agent/local/sandboxes/kommo/start-kommo-sandbox";
import { connect as connectDatabase } from "@gpt-agent/local/testing/store-document";
import { makeCrmConflicts } from "@gpt-agent/supabase/crm-conflicts";
import { makeCrmConnections, type ConflictPolicy } from "@gpt-agent/supabase/crm-connections";
import { makeCrmMappings } from "@gpt-agent/supabase/crm-mappings";
import { makeCrmOutbox } from "@gpt-agent/supabase/crm-outbox";
import { type CrmRecordRow, makeCrmRecords } from "@gpt-agent/supabase/crm-records";
import { makeCrmRefetches } from "@gpt-agent/supabase/crm-refetches";
import { makeCrmTokens } from "@gpt-agent/supabase/crm-tokens";
import { makeDataKeys } from "@gpt-agent/supabase/data-keys";
import { perform } from "@gpt-agent/worker/testing";
import { randomBytes, randomUUID } from "node:crypto";
import { inject, onTestFinished } from "vitest";
import { connect } from "../src/connect.ts";
import { makeHandler } from "../src/handler.ts";
import { makeOnFailed } from "../src/on-failed.ts";

/** One key for the file's tests; the workers that they start get it too. */
export const encryptionKey = `hex:${randomBytes(32).toString("hex")}`;
const activeKey = { reveal: () => encryptionKey };

export const supabase = connectDatabase();
export const repositories = {
  connections: makeCrmConnections(supabase),
  conflicts: makeCrmConflicts(supabase),
  mappings: makeCrmMappings(supabase),
  outbox: makeCrmOutbox(supabase),
  records: makeCrmRecords(supabase),
  refetches: makeCrmRefetches(supabase),
  tokens: makeCrmTokens(supabase),
};
export const seal = makeOrgSeal({
  ring: makeKeyRing({ active: activeKey, previous: [] }),
  dataKeys: makeDataKeys(supabase),
});

type Kind = "sync" | "refetch" | "push" | "reconcile" | "token" | "disconnect";

/** What every sandbox has that a connection needs. */
export interface AnySandbox extends SandboxParts {
  readonly url: string;
  readonly oauth: OAuthServer;
  readonly app: OAuthApp;
  /** Where the token's answer names the account. */
  readonly accountKey?: string;
  stop(): Promise<void>;
}

/** A Kommo account in a sandbox, connected to a fresh organisation, and the worker's job on it. */
export const startPlace = ({ policy, publicUrl, ...options }: KommoSandboxOptions & PlaceOptions = {}) =>
  connectPlace("kommo", (clock) => startKommoSandbox({ requestsPerSecond: 0, clock, ...options }), {
    policy,
    publicUrl,
  });

interface PlaceOptions {
  readonly policy?: ConflictPolicy | undefined;
  /** Where the CRM is told to send webhooks; default nowhere. */
  readonly publicUrl?: string | undefined;
  /** Default a fresh one. */
  readonly orgId?: string;
}

/** An account in any sandbox. */
export const connectPlace = async <S extends AnySandbox>(
  provider: ProviderName,
  start: (clock: () => number) => Promise<S>,
  { policy, publicUrl, orgId = randomUUID() }: PlaceOptions = {},
) => {
  const stack = inject("stack");
  // Both sides' time moves on with every job, so that a closed window holds what was changed this very second.
  let aheadMs = 0;
  const now = () => Date.now() + aheadMs;
  const sandbox = await start(now);
  const { hostname: host, port } = new URL(sandbox.url);
  const send = makeGuardedSend({ allow: [{ host, port: Number(port) }] });
  onTestFinished(async () => {
    await send.close();
    await sandbox.stop();
  });
  const key = { orgId, connectionId: randomUUID() };
  await repositories.connections.create({ ...key, id: key.connectionId, provider, name: "Песочница", policy });
  const { accessToken, refreshToken, expiresInMs } = sandbox.oauth.issue();
  const { accountKey } = sandbox;
  const tokens = {
    accessToken,
    refreshToken,
    expiresAtMs: Date.now() + expiresInMs,
    baseUrl: sandbox.url,
    ...(accountKey !== undefined && { accountKey }),
  };
  await repositories.tokens.authorize({ ...key, ...(await sealTokens(seal, key, tokens)), baseUrl: sandbox.url });

  const redis = { url: { reveal: () => stack.REDIS_URL }, baseName: "agent-jobs", prefix: "unused" };
  const clientSecret = { reveal: () => sandbox.app.clientSecret };
  const { ports } = connect(
    {
      redis,
      encryption: { activeKey, previousKeys: [] },
      crmApps: { [provider]: { clientId: sandbox.app.clientId, clientSecret } },
      egress: { allow: [] },
      ingress: { publicUrl },
    },
    supabase,
    { send, limiter: makeOpenLimiter() },
  );
  const ahead = { ...ports, now };
  const handle = makeHandler(ahead);
  const onFailed = makeOnFailed(ports);

  /** One job and all that follows from it, as workers would; a job that fails marks its connection. */
  const run = async (kind: Kind): Promise<string> => {
    aheadMs += 3_000;
    const done = await perform(crmSync, handle, { kind, ...key });
    if (done.state === "permanent") {
      const { code, message } = done.error as Error & { code: Parameters<typeof onFailed>[1]["code"] };
      await onFailed({ kind, ...key }, { code, message });
    }
    if (done.state === "continued") return run(kind);
    for (const { payload, options } of done.enqueued) {
      if (options?.delayMs === undefined) await run((payload as { kind: Kind }).kind);
    }
    return done.state;
  };
  const recordOf = async (entity: string, remoteId: string): Promise<CrmRecordRow | undefined> => {
    const { records } = await repositories.records.list({ ...key, entity, limit: 999 });
    return records.find((record) => record.remoteId === remoteId);
  };
  const edit = async (recordId: string, changes: CrmRecordRow["fields"]): Promise<void> => {
    await repositories.records.edit({ ...key, recordId, changes, idempotencyKey: randomUUID() });
  };
  const connection = () => repositories.connections.get(key);
  return { sandbox, key, run, recordOf, edit, connection, handle, ports: ahead };
};

/** What waits until later is due now. */
export const hurry = async (connectionId: string): Promise<void> => {
  for (const table of ["crm_outbox", "crm_refetches"]) {
    const { error } = await supabase
      .from(table)
      .update({ not_before: new Date(0).toISOString() })
      .eq("connection_id", connectionId);
    if (error) throw error;
  }
};
