import { companyOntology } from "@gpt-agent/ai/ontology/company-ontology";
import { ontologySchema } from "@gpt-agent/ai/ontology/ontology";
import type { OntologyVersion } from "@gpt-agent/supabase/graph-ontologies";
import { z } from "zod";

/** What a knowledge base's graph is made of, as it is given. */
export const newOntology = ontologySchema;

export const ontologyInForce = z
  .object({
    version: z.int().describe("Raised with every change; 0 where nobody has given one."),
    isDefault: z.boolean().describe("The release's own, for what companies write about."),
    ontology: ontologySchema,
    createdAt: z.iso.datetime({ offset: true }).optional(),
  })
  .meta({ id: "KnowledgeBaseOntology" });

/** @param latest undefined: none was ever given */
export const toOntology = (latest: OntologyVersion | undefined): z.output<typeof ontologyInForce> => {
  const given = latest?.definition ?? undefined;
  return {
    version: latest?.version ?? 0,
    isDefault: given === undefined,
    ontology: given === undefined ? companyOntology : ontologySchema.parse(given),
    ...(latest && { createdAt: latest.createdAt }),
  };
};
