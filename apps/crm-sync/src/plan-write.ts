import { isWritable, toCrm, type EntityMapping } from "@gpt-agent/crm/mapping";
import { changedFields, type FieldValues } from "@gpt-agent/crm/merge";
import type { CrmEntity, WriteOperation } from "@gpt-agent/crm/provider";
import type { WaitingCrmWrite } from "@gpt-agent/supabase/crm-outbox";

export type PlannedWrite =
  | {
      readonly kind: "send";
      readonly operation: WriteOperation;
      /** By our names: what both sides agree on once it is written. */
      readonly values: WaitingCrmWrite["fields"];
    }
  /** Both sides agree already. */
  | { readonly kind: "nothing" }
  | { readonly kind: "refuse"; readonly message: string };

/**
 * What a write comes to, from the record as it stands: fields against base, without what a conflict holds. Computed each
 * time it is taken, so edits coalesce, and what reading took from the CRM meanwhile is not written back.
 */
export const planWrite = (write: WaitingCrmWrite, mapping: EntityMapping): PlannedWrite => {
  const entity = write.entity as CrmEntity;
  const changed = changedFields({
    fields: write.fields,
    base: write.base,
    held: new Set(write.held),
    writable: isWritable(entity, mapping),
  });
  if (changed.length === 0 && write.remoteId !== null) return { kind: "nothing" };
  const values = Object.fromEntries(changed.map((name) => [name, write.fields[name] ?? null]));
  const { fields, customFields, problems } = toCrm(values satisfies FieldValues, entity, mapping);
  if (problems.length > 0) return { kind: "refuse", message: problems.map(({ message }) => message).join(" ") };
  const links =
    write.remoteId === null && write.links.length > 0 ? { links: write.links as WriteOperation["links"] } : {};
  return {
    kind: "send",
    values,
    operation: {
      entity,
      externalId: write.recordId,
      fields,
      customFields,
      ...(write.remoteId !== null && { remoteId: write.remoteId }),
      ...(links.links && { links: links.links }),
    },
  };
};
