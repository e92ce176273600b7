type FormValue =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly FormValue[]
  | { readonly [key: string]: FormValue };

const pairs = (name: string, value: FormValue): [string, string][] => {
  if (value === undefined) return [];
  if (value === null) return [[name, ""]];
  if (typeof value === "object") {
    return Object.entries(value).flatMap(([key, inner]) => pairs(name === "" ? key : `${name}[${key}]`, inner));
  }
  // PHP's http_build_query, which these CRMs use, writes booleans as 1 and 0.
  return [[name, typeof value === "boolean" ? String(Number(value)) : String(value)]];
};

/** `a[b][0][c]=…` as PHP builds it: what Kommo, amoCRM and Bitrix24 send and take. */
export const encodeNestedForm = (value: FormValue): string => new URLSearchParams(pairs("", value)).toString();

export interface NestedForm {
  readonly [key: string]: string | NestedForm;
}

/** The inverse. Lists come as objects with the keys "0", "1", …; an empty `[]` counts on. */
export const decodeNestedForm = (entries: Iterable<readonly [string, string]>): NestedForm => {
  const root: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of entries) {
    const path = [name.replace(/\[.*$/su, ""), ...[...name.matchAll(/\[([^\]]*)\]/gu)].map(([, key]) => key ?? "")];
    let place = root;
    path.forEach((key, at) => {
      const own = key === "" ? String(Object.keys(place).length) : key;
      if (at === path.length - 1) place[own] = value;
      else {
        if (typeof place[own] !== "object") place[own] = Object.create(null);
        place = place[own] as Record<string, unknown>;
      }
    });
  }
  return root as NestedForm;
};

/** The values of a list or of a single one: `filter[id]=5`, `filter[id][]=5&filter[id][]=6`. */
export const formList = (value: string | NestedForm | undefined): string[] => {
  if (value === undefined) return [];
  return typeof value === "string" ? [value] : Object.values(value).filter((item) => typeof item === "string");
};
