/**
 * A piece of SQL with its values apart from it. Only the functions of this file make one, and the `sql` tag takes
 * nothing else, so text from a request reaches the database as a parameter, a quoted identifier or not at all.
 */
export interface Sql {
  readonly [made]: true;
  /** One more than there are values: `strings[0] $1 strings[1] $2 …`. */
  readonly strings: readonly string[];
  readonly values: readonly (string | null)[];
}

declare const made: unique symbol;

const make = (strings: readonly string[], values: readonly (string | null)[]): Sql =>
  ({ strings, values }) as unknown as Sql;

const concatenate = (pieces: readonly Sql[]): Sql => {
  const strings = [""];
  const values: (string | null)[] = [];
  for (const piece of pieces) {
    strings[strings.length - 1] += piece.strings[0] ?? "";
    strings.push(...piece.strings.slice(1));
    values.push(...piece.values);
  }
  return make(strings, values);
};

/** The text between the holes is ours; every hole takes another piece. */
export const sql = (strings: TemplateStringsArray, ...holes: readonly Sql[]): Sql =>
  concatenate(strings.flatMap((text, i) => [make([text], []), ...(i < holes.length ? [holes[i] as Sql] : [])]));

export const empty = sql``;

export const join = (pieces: readonly Sql[], separator: Sql): Sql =>
  concatenate(pieces.flatMap((piece, i) => (i === 0 ? [piece] : [separator, piece])));

export const list = (pieces: readonly Sql[]): Sql => join(pieces, sql`, `);

/** A value whose type Postgres takes from where it stands, as with an untyped literal. */
export const value = (text: string | null): Sql => make(["", ""], [text]);

/** @throws {Error} on NUL, which no identifier can hold. */
export const quoteIdentifier = (name: string): string => {
  if (name.includes("\0")) throw new Error("An SQL identifier cannot contain a NUL character");
  return `"${name.replaceAll('"', '""')}"`;
};

/** For statements that take no parameters. `E''` makes backslashes mean themselves whatever the session's settings. */
export const quoteLiteral = (text: string): string => {
  if (text.includes("\0")) throw new Error("An SQL literal cannot contain a NUL character");
  const quoted = text.replaceAll("'", "''");
  return quoted.includes("\\") ? `E'${quoted.replaceAll("\\", "\\\\")}'` : `'${quoted}'`;
};

export const identifier = (name: string): Sql => make([quoteIdentifier(name)], []);

export const qualified = (schema: string, name: string): Sql =>
  make([`${quoteIdentifier(schema)}.${quoteIdentifier(name)}`], []);

/** A number as it is. */
export const integer = (number: number): Sql => {
  if (!Number.isSafeInteger(number)) throw new Error(`Not an integer: ${number}`);
  return make([String(number)], []);
};

/** Text that the database itself wrote: a type's name from `format_type`, a default's expression. Never a request's. */
export const fromCatalog = (text: string): Sql => make([text], []);

/** A type as a client may name it: words, at most one schema, `[]`. `undefined` for anything else. */
export const clientType = (text: string): Sql | undefined =>
  /^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?( [a-z]+){0,3}(\[\])?$/i.test(text) ? make([text], []) : undefined;

/** For the driver: `$1`, `$2`, … and their values. */
export const render = (piece: Sql): { readonly text: string; readonly values: readonly (string | null)[] } => ({
  text: piece.strings.map((text, i) => (i === 0 ? text : `$${i}${text}`)).join(""),
  values: piece.values,
});
