/** Most columns for which a list of objects reads as a table. */
export const widestTable = 40;

export type Flat = Readonly<Record<string, string | number | boolean | null>>;

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const isFlat = (value: unknown): value is Flat => {
  if (!isObject(value)) return false;
  for (const key in value) if (typeof value[key] === "object" && value[key] !== null) return false;
  return true;
};

/** The keys of at least two flat objects that have much the same. */
export const recordColumns = (items: readonly unknown[]): readonly string[] | undefined => {
  if (items.length < 2) return undefined;
  const columns = new Set<string>();
  let filled = 0;
  for (const item of items) {
    if (!isFlat(item)) return undefined;
    for (const key in item) {
      columns.add(key);
      filled += 1;
    }
    if (columns.size > widestTable) return undefined;
  }
  return columns.size >= 2 && filled >= 0.5 * columns.size * items.length ? [...columns] : undefined;
};

export const scalarText = (value: unknown): string => {
  if (typeof value === "string") return value;
  return value === null || value === undefined ? "" : JSON.stringify(value);
};

/** `address.city: Казань` for every scalar below. */
export const scalarLines = (value: unknown, path: string): string[] => {
  if (Array.isArray(value)) {
    if (value.every((item) => typeof item !== "object" || item === null)) {
      return value.length === 0 ? [] : [labelled(path, value.map(scalarText).join(", "))];
    }
    return value.flatMap((item, index) => scalarLines(item, `${path}[${index + 1}]`));
  }
  if (isObject(value)) {
    return Object.entries(value).flatMap(([key, each]) => scalarLines(each, path === "" ? key : `${path}.${key}`));
  }
  return [labelled(path, scalarText(value))];
};

export const labelled = (path: string, text: string): string => (path === "" ? text : `${path}: ${text}`);
