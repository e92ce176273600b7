/** A Postgres text search configuration. */
export type Language = "russian" | "english" | "simple";

const sampleLength = 200_000;

/**
 * The stemmer for a whole document, by the script of its letters. Russian prose full of Latin terms is still Russian;
 * other scripts get no stemmer.
 */
export const detectLanguage = (text: string): Language => {
  const sample = text.slice(0, sampleLength);
  const count = (pattern: RegExp): number => sample.match(pattern)?.length ?? 0;
  const letters = count(/\p{L}/gu);
  if (letters === 0) return "simple";
  if (count(/\p{Script=Cyrillic}/gu) >= 0.3 * letters) return "russian";
  return count(/[A-Za-z]/g) >= 0.6 * letters ? "english" : "simple";
};
