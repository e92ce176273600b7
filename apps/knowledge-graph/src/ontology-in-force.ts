import { companyOntology } from "@gpt-agent/ai/ontology/company-ontology";
import { contains, type Ontology, ontologySchema } from "@gpt-agent/ai/ontology/ontology";
import type { Base, Ontologies } from "./ports.ts";

/** An ontology under the name that readings with it carry; the release's own has none. */
export interface NamedOntology {
  readonly definition: Ontology;
  readonly fingerprint: string;
}

/** What a base is read with. */
export interface OntologyInForce extends NamedOntology {
  /** Earlier ones that asked for all that this one asks for: their answers still hold, checked anew. */
  readonly wider: readonly NamedOntology[];
}

const versionsToLookAt = 10;
const own: NamedOntology = { definition: companyOntology, fingerprint: "" };
/** Where nobody has said otherwise. */
export const ownOntology: OntologyInForce = { ...own, wider: [] };

/** As `agent_jobs.reading_key` makes it: the extractor, and the ontology it read with unless it is the release's own. */
export const readingKey = (extractor: string, { fingerprint }: NamedOntology): string =>
  fingerprint === "" ? extractor : `${extractor}+${fingerprint}`;

/** @throws {ZodError} where a newer release has stored an ontology that this one cannot read */
export const ontologyInForce = async (ontologies: Ontologies, base: Base): Promise<OntologyInForce> => {
  const versions = await ontologies.versions({ ...base, limit: versionsToLookAt });
  const [current = own, ...earlier] = versions.map(({ definition, fingerprint }): NamedOntology =>
    fingerprint === "" ? own : { definition: ontologySchema.parse(definition), fingerprint },
  );
  const wider = new Map(
    [...earlier, own]
      .filter(
        ({ definition, fingerprint }) =>
          fingerprint !== current.fingerprint && contains(definition, current.definition),
      )
      .map((one) => [one.fingerprint, one]),
  );
  return { ...current, wider: [...wider.values()] };
};
