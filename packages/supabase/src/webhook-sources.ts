import { PermanentError } from "@gpt-agent/jobs/errors";
import { createHash, randomBytes } from "node:crypto";
import { z } from "zod";
import type { Supabase } from "./client.ts";
import { failure } from "./errors.ts";
import { nothing, row } from "./rows.ts";
import { call } from "./rpc.ts";

// Who may send webhooks. Tokens arrive here as SHA-256, secrets sealed (packages/crypto).

/** As the token is stored. */
export const hashToken = (token: string): string => createHash("sha256").update(token).digest("hex");

/** A new token and the path that it makes. 256 random bits: nobody guesses it, and its hash needs no salt. */
export const makeWebhookAddress = (): { readonly token: string; readonly tokenHash: string; readonly path: string } => {
  const token = `whk_${randomBytes(32).toString("base64url")}`;
  return { token, tokenHash: hashToken(token), path: `/hooks/${token}` };
};

/** Where a secret is sealed: `rowId` is the secret's id. */
export const secretPlace = { table: "webhook_source_secrets", column: "sealed" } as const;

const sealedSecret = row({ id: z.string(), sealed: z.string() });
export type SealedSecret = z.output<typeof sealedSecret>;

const json = z.record(z.string(), z.unknown());

const foundSource = row({
  id: z.string(),
  orgId: z.string(),
  scheme: z.string(),
  options: json,
  laneBy: z.array(z.string()).nullable(),
  secrets: z.array(sealedSecret),
});
export type FoundSource = z.output<typeof foundSource>;

const secretRow = row({ id: z.string(), createdAt: z.string(), expiresAt: z.string().nullable() });

const sourceRow = row({
  id: z.string(),
  orgId: z.string(),
  name: z.string(),
  scheme: z.string(),
  options: json,
  connectionId: z.string().nullable(),
  forwardEventType: z.string().nullable(),
  laneBy: z.array(z.string()).nullable(),
  onPoison: z.enum(["skip", "block"]),
  retentionDays: z.int(),
  state: z.enum(["active", "disabled", "deleting"]),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type SourceRow = z.output<typeof sourceRow>;
export type SourceWithSecrets = SourceRow & { readonly secrets: readonly z.output<typeof secretRow>[] };

/** What a person decides about a source. */
export interface SourceSettings {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly connectionId: string | null;
  readonly forwardEventType: string | null;
  readonly laneBy: readonly string[] | null;
  readonly onPoison: "skip" | "block";
  readonly retentionDays: number;
}

interface OneSource {
  readonly orgId: string;
  readonly sourceId: string;
}

export interface WebhookSources {
  /** The active source behind a token; asked before the organisation is known. @param tokenHash SHA-256, hexadecimal */
  find(input: { readonly tokenHash: string }): Promise<FoundSource | undefined>;
  /** @throws {PermanentError} tenant_mismatch for another organisation's connection */
  create(
    input: {
      readonly orgId: string;
      readonly id: string;
      readonly scheme: string;
      readonly tokenHash: string;
      readonly secrets: readonly SealedSecret[];
    } & SourceSettings,
  ): Promise<SourceRow>;
  /** Without those that are being deleted. */
  list(input: { readonly orgId: string }): Promise<readonly SourceWithSecrets[]>;
  get(input: OneSource): Promise<SourceWithSecrets | undefined>;
  /** What is left out stays. Undefined: there is none. @throws {PermanentError} tenant_mismatch as `create` */
  update(
    input: OneSource &
      Partial<SourceSettings> & { readonly state?: "active" | "disabled" | undefined; readonly tokenHash?: string },
  ): Promise<SourceRow | undefined>;
  /** The token is void at once; what was received goes bit by bit. False: there is none. */
  remove(input: OneSource): Promise<boolean>;
  /**
   * One more secret; those that stand end after the overlap, or stay where none is given. At most ten at once.
   * @throws {PermanentError} tenant_mismatch
   */
  addSecret(input: OneSource & SealedSecret & { readonly overlapSeconds?: number | undefined }): Promise<void>;
  removeSecret(input: OneSource & { readonly secretId: string }): Promise<boolean>;
}

const foreignKeyViolation = "23503";

const columns =
  "id, org_id, name, scheme, options, connection_id, forward_event_type, lane_by, on_poison, retention_days, state, " +
  "created_at, updated_at";

const withSecrets = z
  .looseObject({ secrets: z.array(secretRow) })
  .transform((data): SourceWithSecrets => ({ ...sourceRow.parse(data), secrets: data.secrets }));

export const makeWebhookSources = (supabase: Supabase): WebhookSources => {
  const table = () => supabase.from("webhook_sources");
  const read = ({ orgId }: { readonly orgId: string }) =>
    table()
      .select(`${columns}, secrets:webhook_source_secrets(id, created_at, expires_at)`)
      .eq("org_id", orgId)
      .neq("state", "deleting")
      .order("created_at", { referencedTable: "secrets" });
  return {
    find: async ({ tokenHash }) =>
      (await call(supabase, "find_webhook_source", { p_token_hash: tokenHash }, foundSource.nullable())) ?? undefined,

    create: ({ orgId, id, name, scheme, options, tokenHash, secrets, ...settings }) =>
      call(
        supabase,
        "create_webhook_source",
        {
          p_org_id: orgId,
          p_id: id,
          p_name: name,
          p_scheme: scheme,
          p_options: options,
          p_token_hash: tokenHash,
          p_connection_id: settings.connectionId,
          p_forward_event_type: settings.forwardEventType,
          p_lane_by: settings.laneBy,
          p_on_poison: settings.onPoison,
          p_retention_days: settings.retentionDays,
          p_secrets: secrets,
        },
        sourceRow,
      ),

    async list({ orgId }) {
      const { data, error, status } = await read({ orgId }).order("created_at").order("id");
      if (error) throw failure("listing webhook sources", error, status);
      return z.array(withSecrets).parse(data);
    },

    async get({ orgId, sourceId }) {
      const { data, error, status } = await read({ orgId }).eq("id", sourceId).maybeSingle();
      if (error) throw failure(`reading webhook source ${sourceId}`, error, status);
      return data ? withSecrets.parse(data) : undefined;
    },

    async update({ orgId, sourceId, tokenHash, ...changes }) {
      const { data, error, status } = await table()
        .update({
          name: changes.name,
          options: changes.options,
          connection_id: changes.connectionId,
          forward_event_type: changes.forwardEventType,
          lane_by: changes.laneBy,
          on_poison: changes.onPoison,
          retention_days: changes.retentionDays,
          state: changes.state,
          token_hash: tokenHash === undefined ? undefined : `\\x${tokenHash}`,
          updated_at: new Date().toISOString(),
        })
        .eq("org_id", orgId)
        .eq("id", sourceId)
        .neq("state", "deleting")
        .select(columns)
        .maybeSingle();
      if (error?.code === foreignKeyViolation) {
        throw new PermanentError("tenant_mismatch", `the organisation has no CRM connection ${changes.connectionId}`);
      }
      if (error) throw failure(`changing webhook source ${sourceId}`, error, status);
      return data ? sourceRow.parse(data) : undefined;
    },

    async remove({ orgId, sourceId }) {
      const { data, error, status } = await table()
        .update({ state: "deleting", updated_at: new Date().toISOString() })
        .eq("org_id", orgId)
        .eq("id", sourceId)
        .neq("state", "deleting")
        .select("id");
      if (error) throw failure(`removing webhook source ${sourceId}`, error, status);
      return data.length > 0;
    },

    addSecret: ({ orgId, sourceId, id, sealed, overlapSeconds }) =>
      call(
        supabase,
        "add_webhook_secret",
        {
          p_org_id: orgId,
          p_source_id: sourceId,
          p_id: id,
          p_sealed: sealed,
          p_overlap_seconds: overlapSeconds ?? null,
        },
        nothing,
      ),

    async removeSecret({ orgId, sourceId, secretId }) {
      const { data, error, status } = await supabase
        .from("webhook_source_secrets")
        .delete()
        .eq("org_id", orgId)
        .eq("source_id", sourceId)
        .eq("id", secretId)
        .select("id");
      if (error) throw failure(`removing a secret of webhook source ${sourceId}`, error, status);
      return data.length > 0;
    },
  };
};
