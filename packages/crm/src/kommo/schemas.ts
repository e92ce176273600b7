import { z } from "zod";

/** Answers of the Kommo/amoCRM API v4. Loose: accounts have more fields than the documentation. */

const id = z.coerce.number().int();
const seconds = z.number().nullish();

export const customValueSchema = z.looseObject({
  field_id: id,
  field_code: z.string().nullish(),
  field_type: z.string().nullish(),
  values: z
    .array(z.looseObject({ value: z.unknown().optional(), enum_id: z.unknown().optional() }))
    .nullish()
    .transform((values) => values ?? []),
});
export type CustomValue = z.output<typeof customValueSchema>;

const embeddedIds = z
  .array(z.looseObject({ id }))
  .nullish()
  .transform((rows) => rows ?? []);

/** What leads, contacts, companies, tasks and notes have in common; the rest is optional. */
export const rowSchema = z.looseObject({
  id,
  created_at: seconds,
  updated_at: seconds,
  responsible_user_id: id.nullish(),
  is_deleted: z.boolean().nullish(),
  name: z.string().nullish(),
  custom_fields_values: z
    .array(customValueSchema)
    .nullish()
    .transform((values) => values ?? []),
  _embedded: z
    .looseObject({ contacts: embeddedIds, companies: embeddedIds, leads: embeddedIds })
    .partial()
    .nullish()
    .transform((embedded) => embedded ?? {}),
  // contacts
  first_name: z.string().nullish(),
  last_name: z.string().nullish(),
  // leads
  price: z.coerce.number().nullish(),
  /** Where the account counts in minor units; `price` is cut to whole ones then. */
  price_with_minor_units: z.coerce.number().nullish(),
  status_id: id.nullish(),
  pipeline_id: id.nullish(),
  closed_at: seconds,
  // tasks and notes
  entity_id: id.nullish(),
  entity_type: z.string().nullish(),
  text: z.string().nullish(),
  is_completed: z.boolean().nullish(),
  complete_till: seconds,
  task_type_id: id.nullish(),
  note_type: z.string().nullish(),
  // An empty PHP array where there are none.
  params: z.union([z.record(z.string(), z.unknown()), z.array(z.unknown())]).nullish(),
});
export type Row = z.output<typeof rowSchema>;

const statusSchema = z.looseObject({ id, name: z.string(), sort: z.number().nullish(), type: z.number().nullish() });
export const pipelineSchema = z.looseObject({
  id,
  name: z.string(),
  is_main: z.boolean().nullish(),
  is_archive: z.boolean().nullish(),
  _embedded: z.looseObject({ statuses: z.array(statusSchema) }),
});

export const userSchema = z.looseObject({
  id,
  name: z.string().nullish(),
  email: z.string().nullish(),
  rights: z.looseObject({ is_active: z.boolean().nullish() }).nullish(),
});

export const fieldSchema = z.looseObject({
  id,
  name: z.string(),
  code: z.string().nullish(),
  type: z.string(),
  is_api_only: z.boolean().nullish(),
  enums: z
    .array(z.looseObject({ id, value: z.string() }))
    .nullish()
    .transform((enums) => enums ?? []),
});

/** `_embedded.<what>` of a list; 204 (no body) is an empty list. */
export const listOf = <T extends z.ZodType>(what: string, row: T) =>
  z
    .looseObject({ _embedded: z.looseObject({ [what]: z.array(row).optional() }).optional() })
    .optional()
    .transform((body) => (body?._embedded?.[what] ?? []) as z.output<T>[]);

export const accountSchema = z.looseObject({
  id,
  name: z.string(),
  subdomain: z.string().min(1),
});

/** Deletions and the rest of the journal; an event's id is a text. */
export const eventSchema = z.looseObject({
  type: z.string(),
  entity_id: id,
  entity_type: z.string().nullish(),
  created_at: z.number(),
  value_before: z.unknown().optional(),
  value_after: z.unknown().optional(),
});

/** A stored record in the answer to a batch: order is not promised, `request_id` is. */
export const writtenSchema = z.looseObject({
  id,
  request_id: z.coerce.string().nullish(),
  updated_at: seconds,
});

export const validationErrorsSchema = z
  .array(
    z.looseObject({
      request_id: z.coerce.string(),
      errors: z.array(
        z.looseObject({ code: z.string().nullish(), path: z.string().nullish(), detail: z.string().nullish() }),
      ),
    }),
  )
  .nonempty();
