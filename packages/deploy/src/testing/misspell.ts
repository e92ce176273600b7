/** Every value that differs from `value` in the name of one key: what a typo makes of it. */
export const misspellKeys = (value: unknown): { readonly at: string; readonly value: unknown }[] => {
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown, index) =>
      misspellKeys(item).map(({ at, value: changed }) => ({
        at: `[${index}]${at}`,
        value: value.with(index, changed),
      })),
    );
  }
  if (typeof value !== "object" || value === null) return [];
  const entries = Object.entries(value);
  return entries.flatMap(([key, inner]) => {
    const rest = entries.filter(([other]) => other !== key);
    const renamed = { at: `.${key}`, value: Object.fromEntries([...rest, [`${key}x`, inner]]) };
    const deeper = misspellKeys(inner).map(({ at, value: changed }) => ({
      at: `.${key}${at}`,
      value: { ...value, [key]: changed },
    }));
    return [renamed, ...deeper];
  });
};
