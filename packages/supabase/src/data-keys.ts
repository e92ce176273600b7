import { z } from "zod";
import type { Supabase } from "./client.ts";
import { failure } from "./errors.ts";
import { row } from "./rows.ts";
import { call } from "./rpc.ts";

/** Wrapped data keys of organisations. Records are `packages/crypto`'s and opaque here. */
export interface DataKeys {
  get(input: { readonly orgId: string }): Promise<string | undefined>;
  /** The organisation's record: the given one, or the one that was there before. */
  create(input: { readonly orgId: string; readonly record: string }): Promise<string>;
}

const stored = row({ record: z.string() });

export const makeDataKeys = (supabase: Supabase): DataKeys => ({
  async get({ orgId }) {
    const { data, error, status } = await supabase.from("data_keys").select("record").eq("org_id", orgId).maybeSingle();
    if (error) throw failure(`reading the data key of organisation ${orgId}`, error, status);
    return data ? stored.parse(data).record : undefined;
  },

  create: ({ orgId, record }) => call(supabase, "ensure_data_key", { p_org_id: orgId, p_record: record }, z.string()),
});

const listed = row({ orgId: z.string(), record: z.string() });

/** For the rotation of ENCRYPTION_KEY: all organisations, one after another. */
export interface DataKeyRotation {
  /** Ordered by organisation; start again after the last one until the list is empty. */
  list(input: { readonly afterOrgId?: string; readonly limit: number }): Promise<readonly z.output<typeof listed>[]>;
  /** False: the record has changed since it was read. */
  replace(input: { readonly orgId: string; readonly before: string; readonly after: string }): Promise<boolean>;
}

export const makeDataKeyRotation = (supabase: Supabase): DataKeyRotation => ({
  async list({ afterOrgId, limit }) {
    const rows = supabase.from("data_keys").select("org_id, record").order("org_id").limit(limit);
    const { data, error, status } = await (afterOrgId === undefined ? rows : rows.gt("org_id", afterOrgId));
    if (error) throw failure("listing data keys", error, status);
    return z.array(listed).parse(data);
  },

  replace: ({ orgId, before, after }) =>
    call(supabase, "replace_data_key", { p_org_id: orgId, p_before: before, p_after: after }, z.boolean()),
});
