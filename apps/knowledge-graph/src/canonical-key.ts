import { caseStems } from "@gpt-agent/ai/names/case-stem";
import { withoutLegalForm } from "./legal-forms.ts";

/** NFKC, lower case, ё as е, dots inside initialisms and legal forms dropped: "G.m.b.H." → "gmbh". */
const fold = (name: string): string =>
  name
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll("ё", "е")
    .replaceAll(/(?<![\p{L}\p{N}])(?:\p{L}\.){2,}/gu, (dotted) => `${dotted.replaceAll(".", "")} `);

/** "и. п. петров" and "петров и.п." keep their initials apart, so that they are no legal form and no word. */
const foldPerson = (name: string): string =>
  name.normalize("NFKC").toLowerCase().replaceAll("ё", "е").replaceAll(".", ". ");

/**
 * The key under which a name is one entity with its other forms: without legal form, quotation marks and punctuation,
 * each Russian word without its case ending. "ООО «Ромашка»", "Ромашкой" and "Ромашка" agree, so do "Acme, Inc." and
 * "ACME". A person's words are sorted, since surname and given name change places; initials are kept.
 * Never empty: a name of punctuation alone is its own key.
 *
 * Equal keys of one type are merged without a further look, so the key errs towards keeping entities apart.
 */
export const canonicalKey = (type: string, name: string): string => {
  if (type === "person") {
    const words = caseStems(foldPerson(name)).toSorted();
    return words.join(" ") || name;
  }
  const folded = fold(name);
  const words = caseStems(type === "organization" ? withoutLegalForm(folded) : folded);
  return words.join(" ") || folded.trim() || name;
};
