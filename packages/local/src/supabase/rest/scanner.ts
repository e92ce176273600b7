import { syntaxError } from "./syntax-error.ts";

/** A position in one query parameter's text. The grammars of select, order and filters share names and JSON paths. */
export interface Scanner {
  readonly text: string;
  at: number;
  readonly parameter: string;
}

export const scan = (text: string, parameter: string): Scanner => ({ text, at: 0, parameter });

export const fail = (scanner: Scanner, expected: string): never => {
  const found = scanner.text[scanner.at];
  const what = found === undefined ? "unexpected end of input" : `unexpected "${found}"`;
  throw syntaxError(scanner.parameter, scanner.text, `${what} at position ${scanner.at + 1}, expecting ${expected}`);
};

export const atEnd = (scanner: Scanner): boolean => scanner.at >= scanner.text.length;

export const looksAt = (scanner: Scanner, token: string): boolean => scanner.text.startsWith(token, scanner.at);

/** Steps over the token where it stands here. */
export const take = (scanner: Scanner, token: string): boolean => {
  if (!looksAt(scanner, token)) return false;
  scanner.at += token.length;
  return true;
};

export const expect = (scanner: Scanner, token: string): void => {
  if (!take(scanner, token)) fail(scanner, `"${token}"`);
};

export const takeMatch = (scanner: Scanner, pattern: RegExp): string | undefined => {
  const sticky = new RegExp(pattern.source, `${pattern.flags.replace("y", "")}y`);
  sticky.lastIndex = scanner.at;
  const found = sticky.exec(scanner.text)?.[0];
  if (found !== undefined) scanner.at += found.length;
  return found;
};

/** `"…"` with `\"` and `\\` inside. */
export const takeQuoted = (scanner: Scanner): string | undefined => {
  const quoted = takeMatch(scanner, /"(?:[^"\\]|\\.)*"/su);
  return quoted?.slice(1, -1).replace(/\\(.)/gsu, "$1");
};

/** A column, table or alias: quoted, or letters of any script, digits, `_`, `$`, spaces and `-` that opens no arrow. */
export const takeName = (scanner: Scanner): string => {
  const name = takeQuoted(scanner) ?? takeMatch(scanner, /(?:[\p{L}\p{M}\p{N}_$ ]|-(?!>))+/u)?.trim();
  return name === undefined || name === "" ? fail(scanner, "a name") : name;
};

export interface JsonStep {
  /** `->>` gives text. */
  readonly arrow: "->" | "->>";
  readonly key: string;
  readonly isIndex: boolean;
}

/** A column, with steps into it where it is JSON (or composite). */
export interface Field {
  readonly column: string;
  readonly path: readonly JsonStep[];
}

export const takeJsonPath = (scanner: Scanner): readonly JsonStep[] => {
  const steps: JsonStep[] = [];
  for (;;) {
    const arrow = take(scanner, "->>") ? "->>" : take(scanner, "->") ? "->" : undefined;
    if (arrow === undefined) return steps;
    const index = takeMatch(scanner, /-?\d+(?![\p{L}\p{N}_$ ])/u);
    steps.push({ arrow, key: index ?? takeName(scanner), isIndex: index !== undefined });
  }
};

export const takeField = (scanner: Scanner): Field => ({ column: takeName(scanner), path: takeJsonPath(scanner) });
