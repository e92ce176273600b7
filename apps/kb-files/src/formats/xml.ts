import type { Block, ParsedFile } from "../block.ts";
import { xmlEvents } from "./xml-events.ts";

/** Elements below this are lines under their parent's heading. */
const deepestHeading = 3;

interface OpenElement {
  readonly name: string;
  readonly label: string;
  /** Its attributes, until they are out. */
  attributeLines: string[];
  text: string;
  hasChildren: boolean;
  /** Its heading is out. */
  isTitled: boolean;
}

/**
 * XML as readable text: elements that hold others are headings (by name, with `title`, `name` or `id` attributes), leaves are
 * `name: value` lines, attributes too. Prose with inline elements stays prose.
 */
export const parseXml = async (text: string): Promise<ParsedFile> => {
  const blocks: Block[] = [];
  const open: OpenElement[] = [];
  let lines: string[] = [];
  const flush = (): void => {
    if (lines.length > 0) blocks.push({ kind: "text", text: lines.join("\n") });
    lines = [];
  };
  /** Headings of every ancestor (but the root) that has content to come. */
  const title = (): void => {
    for (const [depth, element] of open.entries()) {
      if (!element.isTitled && depth > 0 && depth <= deepestHeading) {
        flush();
        element.isTitled = true;
        blocks.push({ kind: "heading", level: depth, text: element.label });
      }
      lines.push(...element.attributeLines.splice(0));
    }
  };
  const pieces = async function* (): AsyncGenerator<string> {
    for (let at = 0; at < text.length; at += 65_536) yield text.slice(at, at + 65_536);
  };
  for await (const events of xmlEvents(pieces())) {
    for (const event of events) {
      const parent = open.at(-1);
      if (event.kind === "text") {
        if (parent !== undefined) parent.text += event.text;
      } else if (event.kind === "open") {
        if (parent !== undefined) {
          const prose = clean(parent.text);
          parent.hasChildren = true;
          title();
          if (prose !== "") lines.push(prose);
          parent.text = "";
        }
        const { attributes, name } = event;
        const called = attributes["title"] ?? attributes["name"] ?? attributes["id"];
        const label = called === undefined ? name : `${name} ${called}`;
        const attributeLines = Object.entries(attributes)
          .filter(([key, value]) => !/^xmlns(:|$)|schemaLocation$/.test(key) && value !== called && clean(value) !== "")
          .map(([key, value]) => `${name} ${key}: ${clean(value)}`);
        open.push({ name, label, attributeLines, text: "", hasChildren: false, isTitled: false });
      } else {
        const element = open.pop();
        if (element === undefined) continue;
        const value = clean(element.text);
        lines.push(...element.attributeLines);
        if (value !== "") lines.push(element.hasChildren ? value : `${element.label}: ${value}`);
        if (element.hasChildren && open.length <= deepestHeading) flush();
      }
    }
  }
  flush();
  return { pageCount: null, blocks };
};

const clean = (text: string): string => text.replace(/\s+/gu, " ").trim();
