import type { Block } from "../block.ts";
import { sheetBlocks } from "./sheet-blocks.ts";

/** Deeper values are shown as one line of JSON. */
const deepestHeading = 4;
/** Below this the reader's own calls are safe; JSON.parse refuses nothing by itself. */
const maxDepth = 500;
/** Most columns for which a list of objects reads as a table. */
export const widestTable = 40;

export type Flat = Readonly<Record<string, string | number | boolean | null>>;

/**
 * JSON as readable text: keys that hold much are headings, the rest `key.path: value` lines; a list of flat objects is
 * a table.
 * @throws {RangeError} for nesting above `maxDepth`
 */
export const jsonBlocks = (value: unknown): Block[] => {
  checkDepth(value);
  return [...valueBlocks(value, [])];
};

function* valueBlocks(value: unknown, path: readonly string[]): Generator<Block> {
  if (Array.isArray(value)) yield* arrayBlocks(value, path);
  else if (isObject(value)) yield* objectBlocks(value, path);
  else yield { kind: "text", text: labelled(path.join("."), scalarText(value)) };
}

function* arrayBlocks(items: readonly unknown[], path: readonly string[]): Generator<Block> {
  const table = tableOf(items);
  if (table !== undefined) yield* table;
  else if (items.every((item) => !isObject(item) && !Array.isArray(item))) {
    yield { kind: "list", text: items.map((item) => `- ${scalarText(item)}`).join("\n") };
  } else {
    for (const [index, item] of items.entries()) {
      yield { kind: "heading", level: Math.min(path.length + 1, deepestHeading), text: titleOf(item, index) };
      yield* valueBlocks(item, [...path, String(index + 1)]);
    }
  }
}

function* objectBlocks(object: Readonly<Record<string, unknown>>, path: readonly string[]): Generator<Block> {
  const inner: [string, unknown][] = [];
  const lines: string[] = [];
  for (const [key, value] of Object.entries(object)) {
    if (isSmall(value)) lines.push(...scalarLines(value, key));
    else inner.push([key, value]);
  }
  if (lines.length > 0) yield { kind: "text", text: lines.join("\n") };
  for (const [key, value] of inner) {
    if (path.length < deepestHeading) yield { kind: "heading", level: path.length + 1, text: key };
    else yield { kind: "text", text: [...path.slice(deepestHeading), key].join(".") };
    yield* valueBlocks(value, [...path, key]);
  }
}

/** A scalar, or something that reads well in a few lines of its own. */
const isSmall = (value: unknown): boolean =>
  (!isObject(value) && !Array.isArray(value)) ||
  (JSON.stringify(value).length <= 300 && !(Array.isArray(value) && tableOf(value) !== undefined));

/** `address.city: Казань` for every scalar below. */
export const scalarLines = (value: unknown, path: string): string[] => {
  if (Array.isArray(value)) {
    if (value.every((item) => !isObject(item) && !Array.isArray(item))) {
      return value.length === 0 ? [] : [labelled(path, value.map(scalarText).join(", "))];
    }
    return value.flatMap((item, index) => scalarLines(item, `${path}[${index + 1}]`));
  }
  if (isObject(value)) {
    return Object.entries(value).flatMap(([key, each]) => scalarLines(each, path === "" ? key : `${path}.${key}`));
  }
  return [labelled(path, scalarText(value))];
};

const labelled = (path: string, text: string): string => (path === "" ? text : `${path}: ${text}`);

export const scalarText = (value: unknown): string => {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
};

/** At least two flat objects of much the same keys. */
const tableOf = (items: readonly unknown[]): Block[] | undefined => {
  if (items.length < 2 || !items.every(isFlat)) return undefined;
  const columns = [...new Set(items.flatMap((item) => Object.keys(item)))];
  const filled = items.reduce((sum, item) => sum + Object.keys(item).length, 0);
  if (columns.length < 2 || columns.length > widestTable || filled < 0.5 * columns.length * items.length)
    return undefined;
  const rows = items.map((item) => columns.map((column) => scalarText(item[column] ?? null)));
  const sheet = [columns, ...rows].map((cells, index) => ({ number: index + 1, cells }));
  // Places in a list are no rows that anybody sees.
  return [...sheetBlocks(sheet)].map(({ rowFrom: _from, rowTo: _to, ...block }) => block as Block);
};

/** What a person would call the item. */
const titleOf = (item: unknown, index: number): string => {
  if (isObject(item)) {
    for (const key of ["title", "name", "label", "название", "имя", "наименование", "id"]) {
      const value = item[key];
      if ((typeof value === "string" && value !== "" && value.length <= 200) || typeof value === "number")
        return String(value);
    }
  }
  return String(index + 1);
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const isFlat = (value: unknown): value is Flat =>
  isObject(value) && Object.values(value).every((each) => typeof each !== "object" || each === null);

const checkDepth = (root: unknown): void => {
  let level: unknown[] = [root];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > maxDepth) throw new RangeError(`JSON nested deeper than ${maxDepth} levels`);
    level = level.flatMap((value) =>
      typeof value === "object" && value !== null
        ? Object.values(value).filter((each) => typeof each === "object" && each !== null)
        : [],
    );
  }
};
