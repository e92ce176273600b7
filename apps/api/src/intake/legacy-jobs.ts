import { PermanentError } from "@gpt-agent/jobs/errors";
import { z } from "zod";

// What producers from before this repository put into the bare queue, by the job's name.

const orgId = z.guid();
/** The platform's own ids, whatever they look like. */
const platformId = z.union([z.string().min(1).max(200), z.number()]).transform(String);
const provider = z.enum(["kommo", "amocrm", "bitrix24", "hubspot", "pipedrive", "salesforce"]);
const crmPlace = { orgId, connectionId: z.guid().optional(), baseDomain: z.string().min(1).max(300).optional() };

const asset = z.object({ assetId: platformId, organizationId: orgId });
const graph = z
  .object({
    assetId: platformId.optional(),
    articleId: platformId.optional(),
    organizationId: orgId,
    agentId: platformId.optional(),
    chunkIds: z.array(platformId).max(10_000).optional(),
  })
  .refine(({ assetId, articleId }) => (assetId === undefined) !== (articleId === undefined), {
    message: "name the assetId or the articleId",
  });
const sync = z.object({ ...crmPlace, provider: provider.optional() });
const message = z.object({
  ...crmPlace,
  provider: provider.default("kommo"),
  dealId: platformId,
  channel: z.enum(["email", "chat"]),
  message: z.object({
    subject: z.string().max(1_000).optional(),
    body: z.string().min(1).max(60_000),
    attachments: z
      .array(z.object({ url: z.url({ protocol: /^https?$/ }).max(2_000), name: z.string().min(1).max(300) }))
      .max(20)
      .optional(),
  }),
});
const webhook = z.object({ ...crmPlace, provider: provider.default("kommo"), payload: z.json() });

const schemas = {
  "process-asset": asset,
  "extract-knowledge-graph": graph,
  "crm:sync-pipelines": sync,
  "kommo:sync-pipelines": sync.extend({ provider: provider.default("kommo") }),
  "crm:sync-contacts": sync,
  "kommo:send-message": message,
  "kommo:webhook": webhook,
} as const;
type Schemas = typeof schemas;

export type LegacyJob = {
  [Name in keyof Schemas]: { readonly name: Name; readonly data: z.output<Schemas[Name]> };
}[keyof Schemas];

const isKnown = (name: string): name is keyof Schemas => Object.hasOwn(schemas, name);

/** @throws {PermanentError} `job_unknown` listing the known names, `invalid_payload` naming what does not fit. */
export const readLegacyJob = (name: string, data: unknown): LegacyJob => {
  if (!isKnown(name)) {
    const known = Object.keys(schemas).join(", ");
    throw new PermanentError(
      "job_unknown",
      `No job is called "${name.slice(0, 200)}". Known: ${known}. The job is kept.`,
    );
  }
  const parsed = schemas[name].safeParse(data);
  if (!parsed.success) {
    const problems = z.prettifyError(parsed.error).replaceAll("\n", " ");
    throw new PermanentError("invalid_payload", `A "${name}" job does not fit: ${problems}`);
  }
  return { name, data: parsed.data } as LegacyJob;
};

export const orgIdOfLegacy = ({ data }: LegacyJob): string =>
  "organizationId" in data ? data.organizationId : data.orgId;
