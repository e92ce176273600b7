import { z } from "zod";

/** Answers of Salesforce's REST API. Loose: every org is different. */

/** The version that all paths name. */
export const dataPath = "/services/data/v62.0";

const text = z.string().nullish();

export const rowSchema = z.looseObject({ Id: z.string().min(15), SystemModstamp: text });
export type Row = z.output<typeof rowSchema>;

/** `done: false`: the answer was cut where its rows were too wide; the rest is read from the last row on. */
export const queryOf = <T extends z.ZodType>(row: T) => z.looseObject({ done: z.boolean(), records: z.array(row) });
export const querySchema = queryOf(rowSchema);

export const fieldSchema = z.looseObject({
  name: z.string().min(1),
  label: z.string().default(""),
  type: z.string(),
  custom: z.boolean().default(false),
  updateable: z.boolean().default(false),
  calculated: z.boolean().nullish(),
  picklistValues: z
    .array(z.looseObject({ value: z.string(), label: text, active: z.boolean().nullish() }))
    .nullish()
    .transform((values) => values ?? []),
});
export type Field = z.output<typeof fieldSchema>;

export const describeSchema = z.looseObject({ fields: z.array(fieldSchema) });

export const stageSchema = z.looseObject({
  Id: z.string(),
  MasterLabel: z.string(),
  ApiName: text,
  SortOrder: z.number().nullish(),
  IsActive: z.boolean().nullish(),
  IsClosed: z.boolean().nullish(),
  IsWon: z.boolean().nullish(),
});
export type Stage = z.output<typeof stageSchema>;

export const organizationSchema = z.looseObject({ Id: z.string(), Name: z.string(), OrganizationType: text });

export const limitsSchema = z.looseObject({
  DailyApiRequests: z.looseObject({ Max: z.number(), Remaining: z.number().nullish() }).optional(),
});

/** Of sObject collections: one result per record, in their order. */
export const savedSchema = z.array(
  z.looseObject({
    id: text,
    success: z.boolean(),
    errors: z
      .array(z.looseObject({ statusCode: text, message: text }))
      .nullish()
      .transform((errors) => errors ?? []),
  }),
);

export const createdSchema = z.looseObject({ id: z.string().min(15) });
