import { z } from "zod";
import type { Supabase } from "./client.ts";
import { row } from "./rows.ts";
import { call } from "./rpc.ts";

interface Base {
  readonly orgId: string;
  readonly knowledgeBaseId: string;
}

const ontologyVersion = row({
  version: z.int(),
  definition: z.unknown(),
  fingerprint: z.string(),
  createdAt: z.string(),
});
/** `definition` null, `fingerprint` empty: the installed release's own. What a definition holds is its reader's business. */
export type OntologyVersion = z.output<typeof ontologyVersion>;

const changed = z.object({ version: z.int(), documents: z.int() });

/** What knowledge bases' graphs are made of. A base without a version has the installed release's own ontology. */
export interface GraphOntologies {
  /** Newest first. */
  versions(base: Base & { readonly limit: number }): Promise<readonly OntologyVersion[]>;
  /**
   * A further version, unless it says what the latest says. The graphs of `documents` documents are pending again; of their chunks,
   * those are read that were read with another ontology.
   * @throws {PermanentError} `tenant_mismatch` for another organisation's base
   */
  set(
    input: Base & { readonly definition: object | null; readonly fingerprint: string },
  ): Promise<z.output<typeof changed>>;
}

export const makeGraphOntologies = (supabase: Supabase): GraphOntologies => {
  const args = ({ orgId, knowledgeBaseId }: Base) => ({ p_org_id: orgId, p_knowledge_base_id: knowledgeBaseId });
  return {
    versions: ({ limit, ...base }) =>
      call(supabase, "graph_ontology_versions", { ...args(base), p_limit: limit }, z.array(ontologyVersion)),

    set: ({ definition, fingerprint, ...base }) =>
      call(
        supabase,
        "set_graph_ontology",
        { ...args(base), p_definition: definition, p_fingerprint: fingerprint },
        changed,
      ),
  };
};
