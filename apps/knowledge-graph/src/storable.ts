const longestText = 500;
const mostItems = 50;

/**
 * A copy that a jsonb column accepts and that stays small: no NUL, no half surrogates, long texts and lists cut.
 * For what is kept only so that people can look at it.
 */
export const storable = (value: unknown): unknown => {
  if (typeof value === "string") return value.slice(0, longestText).toWellFormed().replaceAll("\0", "");
  if (Array.isArray(value)) return value.slice(0, mostItems).map(storable);
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).slice(0, mostItems);
    return Object.fromEntries(entries.map(([key, item]) => [storable(key), storable(item)]));
  }
  return value;
};
