import { plainText } from "../plain-text.ts";

/** A query of the subset that the sandbox answers: one object, no aggregates but `COUNT()`, no subqueries in the list. */
export interface Soql {
  readonly fields: readonly string[];
  readonly count: boolean;
  readonly object: string;
  readonly holds: (row: Row) => boolean;
  readonly order: readonly { readonly field: string; readonly descending: boolean }[];
  readonly limit: number | undefined;
  /** Every field it names anywhere, for a refusal of unknown ones. */
  readonly named: readonly string[];
}

export type Row = Readonly<Record<string, unknown>>;

/** Says what Salesforce says: `MALFORMED_QUERY`. */
export class SoqlError extends Error {
  override name = "SoqlError";
}

type Value = string | number | boolean | null;
interface Token {
  readonly kind: "word" | "text" | "symbol";
  readonly text: string;
}

const tokens = (query: string): readonly Token[] => {
  const found: Token[] = [];
  const pattern = /\s+|'((?:[^'\\]|\\.)*)'|([A-Za-z_][\w.]*)|([-+]?\d[\w:.+-]*)|(<=|>=|!=|<>|[=<>(),])/gy;
  let at = 0;
  while (at < query.length) {
    pattern.lastIndex = at;
    const match = pattern.exec(query);
    if (match === null) throw new SoqlError(`unexpected token: '${query.slice(at, at + 10)}'`);
    at = pattern.lastIndex;
    if (match[1] !== undefined) found.push({ kind: "text", text: match[1].replaceAll(/\\(.)/gsu, "$1") });
    else if (match[2] !== undefined || match[3] !== undefined)
      found.push({ kind: "word", text: match[2] ?? match[3] ?? "" });
    else if (match[4] !== undefined) found.push({ kind: "symbol", text: match[4] });
  }
  return found;
};

/** Times and numbers as numbers, texts without case, as the database compares. */
const comparable = (value: unknown): number | string | null => {
  if (value === null || value === undefined) return null;
  if (typeof value === "boolean") return value ? 1 : 0;
  const text = plainText(value);
  if (/^\d{4}-\d\d-\d\dT/u.test(text)) return Date.parse(text.replace(/([+-]\d\d)(\d\d)$/u, "$1:$2"));
  return typeof value === "number" ? value : text.toLowerCase();
};

/** Ids compare byte by byte. */
const isId = (field: string): boolean => /(^|\.)Id$/u.test(field);
export const compareValues = (field: string, one: unknown, other: unknown): number => {
  const [a, b] = isId(field) ? [plainText(one), plainText(other)] : [comparable(one), comparable(other)];
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
};

const literal = ({ kind, text }: Token): Value => {
  if (kind === "text") return text;
  if (/^null$/iu.test(text)) return null;
  if (/^(true|false)$/iu.test(text)) return text.toLowerCase() === "true";
  // Dates and times stand without quotes.
  return /^[-+]?\d+(\.\d+)?$/u.test(text) ? Number(text) : text;
};

/** @throws {SoqlError} for anything outside the subset */
export const parseSoql = (query: string): Soql => {
  const list = tokens(query);
  const named = new Set<string>();
  let at = 0;
  const peek = (): Token | undefined => list[at];
  const next = (): Token => {
    const token = list[at];
    at += 1;
    if (token === undefined) throw new SoqlError("unexpected end of query");
    return token;
  };
  const isWord = (word: string): boolean => peek()?.kind === "word" && peek()?.text.toUpperCase() === word;
  const take = (word: string): boolean => {
    if (!isWord(word)) return false;
    at += 1;
    return true;
  };
  const expect = (text: string): void => {
    const token = next();
    if (token.text.toUpperCase() !== text) throw new SoqlError(`expecting '${text}', found '${token.text}'`);
  };
  const field = (): string => {
    const { kind, text } = next();
    if (kind !== "word") throw new SoqlError(`unexpected token: '${text}'`);
    named.add(text);
    return text;
  };

  const condition = (): ((row: Row) => boolean) => {
    if (take("NOT")) {
      const inner = condition();
      return (row) => !inner(row);
    }
    if (peek()?.text === "(") {
      at += 1;
      const inner = either();
      expect(")");
      return inner;
    }
    const name = field();
    const operator = next().text.toUpperCase();
    if (operator === "IN" || operator === "NOT") {
      if (operator === "NOT") expect("IN");
      expect("(");
      const values: Value[] = [literal(next())];
      while (peek()?.text === ",") {
        at += 1;
        values.push(literal(next()));
      }
      expect(")");
      const among = (row: Row) => values.some((value) => compareValues(name, row[name], value) === 0);
      return operator === "IN" ? among : (row) => !among(row);
    }
    const value = literal(next());
    if (operator === "LIKE") {
      const source = plainText(value)
        .replaceAll(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`)
        .replaceAll("%", ".*")
        .replaceAll("_", ".");
      const like = new RegExp(`^${source}$`, "isu");
      return (row) => like.test(plainText(row[name]));
    }
    const order = (row: Row): number => compareValues(name, row[name], value);
    const present = (row: Row): boolean => row[name] !== null && row[name] !== undefined;
    switch (operator) {
      case "=":
        return (row) => order(row) === 0;
      case "!=":
      case "<>":
        return (row) => order(row) !== 0;
      case "<":
        return (row) => present(row) && order(row) < 0;
      case "<=":
        return (row) => present(row) && order(row) <= 0;
      case ">":
        return (row) => present(row) && order(row) > 0;
      case ">=":
        return (row) => present(row) && order(row) >= 0;
      default:
        throw new SoqlError(`unexpected token: '${operator}'`);
    }
  };
  const all = (): ((row: Row) => boolean) => {
    const parts = [condition()];
    while (take("AND")) parts.push(condition());
    return (row) => parts.every((holds) => holds(row));
  };
  const either = (): ((row: Row) => boolean) => {
    const parts = [all()];
    while (take("OR")) parts.push(all());
    return (row) => parts.some((holds) => holds(row));
  };

  expect("SELECT");
  const fields: string[] = [];
  let count = false;
  if (isWord("COUNT")) {
    at += 1;
    expect("(");
    expect(")");
    count = true;
  } else {
    fields.push(field());
    while (peek()?.text === ",") {
      at += 1;
      fields.push(field());
    }
  }
  expect("FROM");
  const object = next().text;
  const holds = take("WHERE") ? either() : () => true;
  const order: { field: string; descending: boolean }[] = [];
  if (take("ORDER")) {
    expect("BY");
    do {
      const name = field();
      const descending = take("DESC");
      if (!descending) take("ASC");
      if (take("NULLS")) next();
      order.push({ field: name, descending });
    } while (peek()?.text === "," && next());
  }
  const limit = take("LIMIT") ? Number(next().text) : undefined;
  if (at < list.length) throw new SoqlError(`unexpected token: '${peek()?.text}'`);
  return { fields, count, object, holds, order, limit, named: [...named] };
};
