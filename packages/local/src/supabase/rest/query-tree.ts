import { ApiError } from "../api-error.ts";
import type { Condition } from "./filter-parser.ts";
import { parseFilter, parseGroup } from "./filter-parser.ts";
import type { OrderTerm } from "./order-parser.ts";
import { parseOrder } from "./order-parser.ts";
import type { Field } from "./scanner.ts";
import { atEnd, fail, scan, take, takeJsonPath, takeName } from "./scanner.ts";
import type { EmbedItem, SelectItem } from "./select-parser.ts";
import { embedName, parseSelect } from "./select-parser.ts";
import { syntaxError } from "./syntax-error.ts";

/** What is wanted of one table: of the one in the path, or of an embedded one. */
export interface QueryNode {
  readonly select: readonly SelectItem[];
  readonly conditions: readonly Condition[];
  readonly order: readonly OrderTerm[];
  readonly limit: number | undefined;
  readonly offset: number | undefined;
  /** By alias or name, in the order of `select`. */
  readonly embeds: ReadonlyMap<string, { readonly item: EmbedItem; readonly node: QueryNode }>;
}

interface Draft {
  select: readonly SelectItem[];
  conditions: Condition[];
  order: readonly OrderTerm[];
  limit: number | undefined;
  offset: number | undefined;
  embeds: Map<string, { item: EmbedItem; node: Draft }>;
}

const draft = (select: readonly SelectItem[]): Draft => ({
  select,
  conditions: [],
  order: [],
  limit: undefined,
  offset: undefined,
  embeds: new Map(
    select.filter((item) => item.kind === "embed").map((item) => [embedName(item), { item, node: draft(item.select) }]),
  ),
});

/** `a.b.name->json`: embedded resources, then a column or one of the words that are no column. */
const parseKey = (key: string): { path: string[]; field: Field } => {
  const scanner = scan(key, "query parameter");
  const names = [takeName(scanner)];
  while (take(scanner, ".")) names.push(takeName(scanner));
  const path = takeJsonPath(scanner);
  if (!atEnd(scanner)) fail(scanner, '"." or the end');
  const column = names.pop() ?? "";
  return { path: names, field: { column, path } };
};

const parseCount = (name: string, text: string): number => {
  if (!/^\d{1,15}$/u.test(text)) throw syntaxError(`${name} parameter`, text, "a whole number is expected");
  return Number(text);
};

const nodeAt = (root: Draft, path: readonly string[]): Draft => {
  let node = root;
  for (const name of path) {
    const embed = node.embeds.get(name);
    if (embed === undefined) {
      throw new ApiError(400, "PGRST108", `'${name}' is not an embedded resource in this request`, {
        hint: `Verify that '${name}' is included in the 'select' query parameter.`,
      });
    }
    node = embed.node;
  }
  return node;
};

const apply = (root: Draft, key: string, text: string): void => {
  const { path, field } = parseKey(key);
  const word = field.path.length === 0 ? field.column : "";
  if (word === "and" || word === "or") {
    const negated = path.at(-1) === "not";
    nodeAt(root, negated ? path.slice(0, -1) : path).conditions.push(parseGroup(word, negated, text));
    return;
  }
  const node = nodeAt(root, path);
  if (word === "order") node.order = parseOrder(text);
  else if (word === "limit") node.limit = parseCount("limit", text);
  else if (word === "offset") node.offset = parseCount("offset", text);
  else node.conditions.push(parseFilter(field, text));
};

const notOfTheTree = new Set(["select", "columns", "on_conflict", "apikey"]);

/** Reads the query string, which belongs to the table's rows but for the names in `except` (a function's arguments). */
export const parseQuery = (query: URLSearchParams, except: ReadonlySet<string> = new Set()): QueryNode => {
  const root = draft(parseSelect(query.get("select") ?? undefined));
  for (const [key, text] of query) {
    if (!notOfTheTree.has(key) && !except.has(key)) apply(root, key, text);
  }
  return root;
};
