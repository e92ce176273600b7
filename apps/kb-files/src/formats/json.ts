import type { Block, BodyKind } from "../block.ts";
import { isFlat, isObject, labelled, recordColumns, scalarLines, scalarText } from "./json-values.ts";
import { singleLine } from "./sheet-cells.ts";
import { makeTableBlocks } from "./table-blocks.ts";

/** Deeper values are shown as one line of JSON. */
const deepestHeading = 4;
/** Below this the reader's own calls are safe; JSON.parse refuses nothing by itself. */
const maxDepth = 500;
/** Characters of JSON up to which a value is lines of its own. */
const longestSmall = 300;

/**
 * JSON as readable text: keys that hold much are headings, the rest `key.path: value` lines; a list of flat objects is
 * a table.
 * @throws {RangeError} for nesting above `maxDepth`
 */
export const jsonBlocks = (value: unknown): Block[] => {
  const blocks: Block[] = [];
  addValue(blocks, value, []);
  return blocks;
};

const addValue = (blocks: Block[], value: unknown, path: readonly string[]): void => {
  if (path.length > maxDepth) throw new RangeError(`JSON nested deeper than ${maxDepth} levels`);
  if (Array.isArray(value)) addArray(blocks, value, path);
  else if (isObject(value)) addObject(blocks, value, path);
  else blocks.push({ kind: "text", text: labelled(path.join("."), scalarText(value)) });
};

const addArray = (blocks: Block[], items: readonly unknown[], path: readonly string[]): void => {
  const columns = recordColumns(items);
  if (columns !== undefined) addTable(blocks, items.filter(isFlat), columns);
  else if (items.every((item) => typeof item !== "object" || item === null)) {
    blocks.push({ kind: "list", text: items.map((item) => `- ${scalarText(item)}`).join("\n") });
  } else {
    for (const [index, item] of items.entries()) {
      blocks.push({ kind: "heading", level: Math.min(path.length + 1, deepestHeading), text: titleOf(item, index) });
      addValue(blocks, item, [...path, String(index + 1)]);
    }
  }
};

const addTable = (
  blocks: Block[],
  items: readonly Readonly<Record<string, unknown>>[],
  columns: readonly string[],
): void => {
  // Places in a list are no rows that anybody sees.
  const emit = ({ kind, text, ...block }: Block): void => {
    const { tableHeader } = "tableHeader" in block ? block : {};
    blocks.push({ kind: kind as BodyKind, text, ...(tableHeader === undefined ? {} : { tableHeader }) });
  };
  const table = makeTableBlocks({ names: columns.map(singleLine), headerRow: 0 }, undefined, emit);
  for (const [index, item] of items.entries()) {
    table.write({ number: index + 1, cells: columns.map((column) => singleLine(scalarText(item[column]))) });
  }
  table.end();
};

const addObject = (blocks: Block[], object: Readonly<Record<string, unknown>>, path: readonly string[]): void => {
  const inner: string[] = [];
  const lines: string[] = [];
  for (const key of Object.keys(object)) {
    const value = object[key];
    if (typeof value !== "object" || value === null) lines.push(labelled(key, scalarText(value)));
    else if (isSmall(value)) lines.push(...scalarLines(value, key));
    else inner.push(key);
  }
  if (lines.length > 0) blocks.push({ kind: "text", text: lines.join("\n") });
  for (const key of inner) {
    if (path.length < deepestHeading) blocks.push({ kind: "heading", level: path.length + 1, text: key });
    else blocks.push({ kind: "text", text: [...path.slice(deepestHeading), key].join(".") });
    addValue(blocks, object[key], [...path, key]);
  }
};

/** Something that reads well in a few lines of its own. */
const isSmall = (value: object): boolean =>
  roomLeft(value, longestSmall) >= 0 && !(Array.isArray(value) && recordColumns(value) !== undefined);

/** What is left of so many characters behind the value's JSON; counted no further than they go. */
const roomLeft = (value: unknown, room: number): number => {
  if (typeof value === "string") return room - value.length - 2;
  if (typeof value !== "object" || value === null) return room - String(value).length;
  let left = room - 2;
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length && left >= 0; at += 1) left = roomLeft(value[at], left - 1);
    return left;
  }
  for (const [key, each] of Object.entries(value)) {
    left = roomLeft(each, left - key.length - 4);
    if (left < 0) break;
  }
  return left;
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
