const append = (pairs: URLSearchParams, key: string, value: unknown): void => {
  if (typeof value === "object" && value !== null) {
    for (const [name, child] of Object.entries(value)) append(pairs, `${key}[${name}]`, child);
  } else if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    pairs.append(key, String(value));
  }
};

/** A form body with PHP's brackets, as Kommo, amoCRM and Bitrix24 write it: `leads[update][0][id]=1`. */
export const toForm = (value: Readonly<Record<string, unknown>>): string => {
  const pairs = new URLSearchParams();
  for (const [name, child] of Object.entries(value)) append(pairs, name, child);
  return pairs.toString();
};
