/** A value of an earlier command of the same batch: `new ResultOf("p0", "items", 49, "id")` → `$result[p0][items][49][id]`. */
export interface ResultOf {
  readonly resultOf: readonly (string | number)[];
}

export type CommandValue =
  | string
  | number
  | boolean
  | null
  | ResultOf
  | readonly CommandValue[]
  | { readonly [key: string]: CommandValue };

const isResult = (value: object): value is ResultOf => "resultOf" in value;

const pairs = (key: string, value: CommandValue): readonly string[] => {
  // PHP's query has neither null nor empty lists: an empty text clears either.
  if (value === null) return [`${encodeKey(key)}=`];
  if (typeof value === "boolean") return [`${encodeKey(key)}=${value ? "Y" : "N"}`];
  if (typeof value !== "object") return [`${encodeKey(key)}=${encodeURIComponent(value)}`];
  if (Array.isArray(value)) {
    const list = value as readonly CommandValue[];
    return list.length === 0 ? [`${encodeKey(key)}=`] : list.flatMap((one, index) => pairs(`${key}[${index}]`, one));
  }
  // Not encoded: the server looks for the reference before it decodes.
  if (isResult(value)) return [`${encodeKey(key)}=$result${value.resultOf.map((step) => `[${step}]`).join("")}`];
  return Object.entries(value as Readonly<Record<string, CommandValue>>).flatMap(([name, one]) =>
    pairs(`${key}[${name}]`, one),
  );
};

const encodeKey = (key: string): string => encodeURIComponent(key).replaceAll("%5B", "[").replaceAll("%5D", "]");

/** `method?query`, as a batch takes its commands. */
export const encodeCommand = (method: string, params: Readonly<Record<string, CommandValue>>): string => {
  const query = Object.entries(params).flatMap(([key, value]) => pairs(key, value));
  return query.length === 0 ? method : `${method}?${query.join("&")}`;
};
