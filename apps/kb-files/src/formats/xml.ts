import type { Block, ParsedFile } from "../block.ts";
import { makeXmlReader } from "./xml-events.ts";

/** Elements below this are lines under their parent's heading. */
const deepestHeading = 3;
/** A long run of lines is several blocks. */
const mostLines = 1_000;

interface OpenElement {
  readonly name: string;
  readonly label: string;
  readonly attributeLines: readonly string[];
  text: string;
  hasChildren: boolean;
}

/**
 * XML as readable text: elements that hold others are headings (by name, with `title`, `name` or `id` attributes), leaves are
 * `name: value` lines, attributes too. Prose with inline elements stays prose.
 */
export const parseXml = (text: string): ParsedFile => {
  const blocks: Block[] = [];
  const reader = makeXmlBlocks((block) => blocks.push(block));
  reader.write(text);
  reader.close();
  return { pageCount: null, blocks };
};

/** The same piece by piece. */
export async function* xmlBlocks(pieces: AsyncIterable<string>): AsyncGenerator<Block> {
  const blocks: Block[] = [];
  const reader = makeXmlBlocks((block) => blocks.push(block));
  for await (const piece of pieces) {
    reader.write(piece);
    yield* blocks.splice(0);
  }
  reader.close();
  yield* blocks;
}

const makeXmlBlocks = (emit: (block: Block) => void) => {
  const open: OpenElement[] = [];
  let lines: string[] = [];
  const flush = (): void => {
    if (lines.length > 0) emit({ kind: "text", text: lines.join("\n") });
    lines = [];
  };
  /** Those above have theirs already: the root has none, and who holds this one got his when it began. */
  const beginParent = (parent: OpenElement): void => {
    const depth = open.length - 1;
    if (depth > 0 && depth <= deepestHeading) {
      flush();
      emit({ kind: "heading", level: depth, text: parent.label });
    }
    lines.push(...parent.attributeLines);
    parent.hasChildren = true;
  };
  return makeXmlReader({
    open: (name, attributes) => {
      const parent = open.at(-1);
      if (parent !== undefined) {
        if (!parent.hasChildren) beginParent(parent);
        const prose = oneLine(parent.text);
        if (prose !== "") lines.push(prose);
        parent.text = "";
      }
      const called = attributes["title"] ?? attributes["name"] ?? attributes["id"];
      const label = called === undefined ? name : `${name} ${called}`;
      open.push({ name, label, attributeLines: linesOf(name, attributes, called), text: "", hasChildren: false });
    },
    text: (text) => {
      const parent = open.at(-1);
      if (parent !== undefined) parent.text += text;
    },
    close: () => {
      const element = open.pop();
      if (element === undefined) return;
      if (!element.hasChildren) lines.push(...element.attributeLines);
      const value = oneLine(element.text);
      if (value !== "") lines.push(element.hasChildren ? value : `${element.label}: ${value}`);
      const isDone = open.length === 0 || (element.hasChildren && open.length <= deepestHeading);
      if (isDone || lines.length >= mostLines) flush();
    },
  });
};

const linesOf = (name: string, attributes: Readonly<Record<string, string>>, called: string | undefined): string[] => {
  const lines: string[] = [];
  for (const key in attributes) {
    const value = attributes[key] ?? "";
    if (value === called || /^xmlns(:|$)|schemaLocation$/.test(key) || oneLine(value) === "") continue;
    lines.push(`${name} ${key}: ${oneLine(value)}`);
  }
  return lines;
};

const oneLine = (text: string): string => {
  const trimmed = text.trim();
  return /[^\S ]|  /.test(trimmed) ? trimmed.replace(/\s+/g, " ") : trimmed;
};
