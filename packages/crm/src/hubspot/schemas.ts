import { z } from "zod";

/** Answers of HubSpot's CRM API v3 and associations v4. Loose: accounts have more than the documentation. */

const id = z.coerce.string().min(1);

const associated = z.looseObject({
  results: z.array(z.looseObject({ id, type: z.string().optional() })).default([]),
});

export const objectSchema = z.looseObject({
  id,
  properties: z.record(z.string(), z.string().nullish()).default({}),
  createdAt: z.string().optional(),
  updatedAt: z.string().optional(),
  archived: z.boolean().optional(),
  archivedAt: z.string().optional(),
  associations: z.record(z.string(), associated).optional(),
});
export type HubspotObject = z.output<typeof objectSchema>;

const paging = z.looseObject({ next: z.looseObject({ after: z.coerce.string() }).optional() }).optional();

export const pageOf = <T extends z.ZodType>(row: T) => z.looseObject({ results: z.array(row), paging });
export const objectPageSchema = pageOf(objectSchema);

/** Of batch endpoints, 200 and 207 alike. */
export const batchSchema = z.looseObject({
  results: z.array(objectSchema.extend({ objectWriteTraceId: z.coerce.string().optional() })).default([]),
  errors: z
    .array(
      z.looseObject({
        message: z.string().default("refused"),
        category: z.string().optional(),
        context: z.record(z.string(), z.array(z.coerce.string())).optional(),
      }),
    )
    .default([]),
});

export const associationsSchema = z.looseObject({
  results: z
    .array(z.looseObject({ from: z.looseObject({ id }), to: z.array(z.looseObject({ toObjectId: id })).default([]) }))
    .default([]),
});

export const propertySchema = z.looseObject({
  name: z.string().min(1),
  label: z.string().default(""),
  type: z.string(),
  fieldType: z.string().optional(),
  hubspotDefined: z.boolean().nullish(),
  calculated: z.boolean().nullish(),
  hidden: z.boolean().nullish(),
  archived: z.boolean().nullish(),
  modificationMetadata: z.looseObject({ readOnlyValue: z.boolean().optional() }).nullish(),
  options: z.array(z.looseObject({ label: z.string(), value: z.string() })).default([]),
});
export type Property = z.output<typeof propertySchema>;

export const pipelineSchema = z.looseObject({
  id,
  label: z.string(),
  displayOrder: z.number().optional(),
  archived: z.boolean().optional(),
  stages: z
    .array(
      z.looseObject({
        id,
        label: z.string(),
        displayOrder: z.number().optional(),
        archived: z.boolean().optional(),
        metadata: z.record(z.string(), z.unknown()).default({}),
      }),
    )
    .default([]),
});

export const ownerSchema = z.looseObject({
  id,
  email: z.string().nullish(),
  firstName: z.string().nullish(),
  lastName: z.string().nullish(),
  archived: z.boolean().nullish(),
});

export const accountSchema = z.looseObject({ portalId: z.coerce.string(), uiDomain: z.string().optional() });
