import { z } from "zod";
import type { Supabase } from "./client.ts";
import { failure } from "./errors.ts";
import { row } from "./rows.ts";
import { call } from "./rpc.ts";

const mappedField = z.object({
  /** Our name. */
  name: z.string(),
  type: z.enum(["text", "texts", "number", "boolean", "time"]),
  /** The provider's standard field by our list of them, or … */
  field: z.string().optional(),
  /** … one of the account's custom fields, by the provider's id. */
  customField: z.string().optional(),
  direction: z.enum(["both", "in", "out"]),
});
export type MappedFieldRow = z.output<typeof mappedField>;

const mappingRow = row({ entity: z.string(), fields: z.array(mappedField), updatedAt: z.string() });
export type CrmMappingRow = z.output<typeof mappingRow>;

interface Key {
  readonly orgId: string;
  readonly connectionId: string;
}

/** How a connection's fields are named and typed here. An entity without a row has the standard fields, as they are. */
export interface CrmMappings {
  list(key: Key): Promise<readonly CrmMappingRow[]>;
  put(mapping: Key & { readonly entity: string; readonly fields: readonly MappedFieldRow[] }): Promise<CrmMappingRow>;
}

export const makeCrmMappings = (supabase: Supabase): CrmMappings => ({
  async list({ orgId, connectionId }) {
    const { data, error, status } = await supabase
      .from("crm_mappings")
      .select()
      .eq("org_id", orgId)
      .eq("connection_id", connectionId)
      .order("entity");
    if (error) throw failure(`reading the mapping of CRM connection ${connectionId}`, error, status);
    return z.array(mappingRow).parse(data);
  },

  put: ({ orgId, connectionId, entity, fields }) =>
    call(
      supabase,
      "put_crm_mapping",
      { p_org_id: orgId, p_connection_id: connectionId, p_entity: entity, p_fields: fields },
      mappingRow,
    ),
});
