/** Equal for labels that differ only in case, spaces and punctuation. */
export const foldLabel = (label: string): string =>
  label
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, "");

const shortestTail = 6;

/**
 * The ontology's own label for a predicate as a model writes it: "ethnic_group" is "ethnic group"; a label that lost its beginning
 * ("written or signed") is the only one that ends so. Undefined: the ontology has no such relation.
 */
export const matchPredicate = (labels: readonly string[], predicate: string): string | undefined => {
  const wanted = foldLabel(predicate);
  const same = labels.find((label) => foldLabel(label) === wanted);
  if (same !== undefined || wanted.length < shortestTail) return same;
  const [tail, ...others] = labels.filter((label) => foldLabel(label).endsWith(wanted));
  return others.length === 0 ? tail : undefined;
};

const asksForDate = /\b(?:date|time|inception|year)\b|дата|время|год/iu;
const month =
  "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|янв|фев|мар|апр|ма[йя]|июн|июл|авг|сен|окт|ноя|дек)\\p{L}*";
const written = new RegExp(`^(?:\\d{1,2}\\s+)?${month}(?:\\s+\\d{1,2},?)?\\s+\\d{4}$`, "iu");

/** "1983", "1 May 1983", "1983-05-01", "01.05.1983", "1 мая 1983 г." */
export const isDate = (value: string): boolean => {
  const text = value.trim().replace(/\s*г(?:\.|ода?)?$/u, "");
  return /^\d{4}(?:-\d{2}(?:-\d{2})?)?$/u.test(text) || /^\d{1,2}\.\d{1,2}\.\d{4}$/u.test(text) || written.test(text);
};

/** A relation that says when needs a date, and no other has one. */
export const fitsRange = (predicate: string, object: string): boolean =>
  asksForDate.test(predicate.replaceAll("_", " ")) === isDate(object);
