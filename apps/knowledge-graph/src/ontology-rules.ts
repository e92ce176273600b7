import type { Ontology, RelationType } from "@gpt-agent/ai/ontology/ontology";
import { literalTypes } from "@gpt-agent/ai/rules/literals/literal";
import type { RejectionReason } from "./claims.ts";
import { foldLabel, matchPredicate } from "./ontology.ts";

const longestLabel = 60;
const values: ReadonlySet<string> = new Set(literalTypes);

/** Types and predicates as the graph writes them: "Works at" → "works_at". Empty: nothing is left of it. */
export const labelOf = (text: string): string =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, "_")
    .replaceAll(/^_+|_+$/g, "");

export type JudgedPredicate =
  | { readonly predicate: string; readonly fault?: undefined }
  | { readonly fault: RejectionReason };

export interface OntologyRules {
  /** The ontology's own name for a type; undefined: it has no such. Values (e-mail, date, …) belong to every ontology. */
  typeOf(type: string): string | undefined;
  /** The ontology's own name for a relation between these types, or why there is none. */
  predicateOf(predicate: string, sourceType: string, targetType: string): JudgedPredicate;
}

export const makeOntologyRules = ({ mode, entityTypes, relations }: Ontology): OntologyRules => {
  const types = new Map(entityTypes.map(({ name }) => [foldLabel(name), name]));
  const byName = new Map<string, RelationType>(relations.map((relation) => [relation.name, relation]));
  const labels = [...byName.keys()];

  return {
    typeOf: (type) => {
      const label = labelOf(type);
      if (values.has(label)) return label;
      const own = types.get(foldLabel(label));
      return own ?? (mode === "open" && label !== "" && label.length <= longestLabel ? label : undefined);
    },
    predicateOf: (wanted, sourceType, targetType): JudgedPredicate => {
      const label = labelOf(wanted);
      if (label === "") return { fault: "predicate_empty" };
      if (label.length > longestLabel) return { fault: "predicate_unknown" };
      // Where others are refused, what is nearly one of ours is taken for it.
      const own =
        mode === "strict" ? matchPredicate(labels, label) : labels.find((one) => foldLabel(one) === foldLabel(label));
      const relation = own === undefined ? undefined : byName.get(own);
      if (!relation) return mode === "strict" ? { fault: "predicate_unknown" } : { predicate: label };
      if (relation.source && !relation.source.includes(sourceType)) return { fault: "domain" };
      if (relation.target && !relation.target.includes(targetType)) return { fault: "range" };
      return { predicate: relation.name };
    },
  };
};
