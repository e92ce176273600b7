/** A text literal; quotes and backslashes cannot end it. */
export const quoted = (text: string): string =>
  `'${text
    .replaceAll("\\", "\\\\")
    .replaceAll("'", String.raw`\'`)
    .replaceAll("\n", String.raw`\n`)}'`;

/** A dateTime literal, in UTC and not quoted. */
export const dateTime = (ms: number): string => new Date(ms).toISOString();

/** What comes after (time, id) in that order. */
export const after = ({ ms, id }: { readonly ms: number; readonly id: string }): string => {
  const time = dateTime(ms);
  return `(SystemModstamp > ${time} OR (SystemModstamp = ${time} AND Id > ${quoted(id)}))`;
};
