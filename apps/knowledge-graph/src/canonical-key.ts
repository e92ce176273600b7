import { caseStems } from "@gpt-agent/ai/names/case-stem";

// Russian forms and those of the countries whose companies turn up most, as words of a folded name.
const legalForms = new Set(
  `ооо оао пао зао нао ао ип ано нко фгуп фгбу фгбоу гуп муп тоо гк нпо сро одо
   inc llc ltd limited corp corporation co company gmbh ag se sa sas sarl spa srl plc llp lp bv nv oy ab as kg`.split(
    /\s+/,
  ),
);
const spelledOutForms =
  /общество с ограниченной ответственностью|(?:публичное |непубличное |закрытое |открытое )?акционерное общество|индивидуальный предприниматель/gu;

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

const withoutLegalForms = (words: readonly string[]): readonly string[] => {
  const rest = words.filter((word) => !legalForms.has(word));
  // "Компания АО" or "SE" alone: the form is all the name there is.
  return rest.length > 0 ? rest : words;
};

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
  const words = type === "organization" ? caseStems(folded.replaceAll(spelledOutForms, " ")) : caseStems(folded);
  const kept = type === "organization" ? withoutLegalForms(words) : words;
  return kept.join(" ") || folded.trim() || name;
};
