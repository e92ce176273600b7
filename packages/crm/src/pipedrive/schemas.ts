import { z } from "zod";

/** Answers of Pipedrive's API v2, and of v1 where v2 has nothing. */

const id = z.coerce.string();
const optionalId = id.nullish();
const text = z.string().nullish();
const values = z
  .array(z.looseObject({ value: text }))
  .nullish()
  .transform((list) => list ?? []);

/** Deals, persons, organisations and activities; each has a part of these. */
export const rowSchema = z.looseObject({
  id,
  add_time: text,
  update_time: text,
  is_deleted: z.boolean().nullish(),
  owner_id: optionalId,
  custom_fields: z
    .record(z.string(), z.unknown())
    .nullish()
    .transform((fields) => fields ?? {}),
  // persons and organisations
  name: text,
  first_name: text,
  last_name: text,
  emails: values,
  phones: values,
  job_title: text,
  website: text,
  address: z.looseObject({ value: text }).nullish(),
  // deals
  title: text,
  value: z.coerce.number().nullish(),
  currency: text,
  status: text,
  pipeline_id: optionalId,
  stage_id: optionalId,
  expected_close_date: text,
  close_time: text,
  // activities
  subject: text,
  note: text,
  type: text,
  done: z.boolean().nullish(),
  due_date: text,
  due_time: text,
  deal_id: optionalId,
  person_id: optionalId,
  org_id: optionalId,
});
export type Row = z.output<typeof rowSchema>;

/** A note, of v1. Times are UTC without saying so. */
export const noteSchema = z.looseObject({
  id,
  content: text,
  add_time: text,
  update_time: text,
  active_flag: z.boolean().nullish(),
  user_id: optionalId,
  deal_id: optionalId,
  person_id: optionalId,
  org_id: optionalId,
});
export type Note = z.output<typeof noteSchema>;

export const pageOf = <T extends z.ZodType>(row: T) =>
  z.looseObject({
    data: z
      .array(row)
      .nullish()
      .transform((rows) => rows ?? []),
    additional_data: z
      .looseObject({
        next_cursor: z.string().nullish(),
        pagination: z.looseObject({ more_items_in_collection: z.boolean().nullish() }).nullish(),
      })
      .nullish(),
  });
export const oneOf = <T extends z.ZodType>(row: T) => z.looseObject({ data: row });

export const rowPageSchema = pageOf(rowSchema);

export const fieldSchema = z.looseObject({
  field_code: z.string().min(1),
  field_name: z.string(),
  field_type: z.string(),
  is_custom_field: z.boolean().nullish(),
  options: z
    .array(z.looseObject({ id: z.union([z.number(), z.string(), z.boolean()]), label: z.string() }))
    .nullish()
    .transform((options) => options ?? []),
});
export type Field = z.output<typeof fieldSchema>;

export const pipelineSchema = z.looseObject({
  id,
  name: z.string(),
  order_nr: z.number().nullish(),
  is_deleted: z.boolean().nullish(),
});
export const stageSchema = pipelineSchema.extend({ pipeline_id: id });

export const userSchema = z.looseObject({
  id,
  name: text,
  email: text,
  active_flag: z.boolean().nullish(),
});
export const meSchema = userSchema.extend({ company_id: id, company_name: text });

export const foundSchema = z.looseObject({
  data: z.looseObject({ items: z.array(z.looseObject({ item: z.looseObject({ id }) })).default([]) }),
});
