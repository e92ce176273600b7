import type { Block } from "../block.ts";
import { markdownTable } from "./markdown-table.ts";
import { childOf, descendants, elements, type XmlElement } from "./xml-tree.ts";

export interface Shape {
  /** What the layout made it for: "title", "body" and so on; undefined for a free shape. */
  readonly placeholder: string | undefined;
  readonly blocks: readonly Block[];
}

/** Placeholders that repeat on every slide. */
const furniture = new Set(["sldNum", "dt", "ftr", "hdr", "sldImg"]);

/**
 * The shapes of a slide or notes page that hold text, in the file's order, which is the order of reading aloud.
 * @param diagrams data of SmartArt, by relationship id
 */
export const readShapes = (slide: XmlElement, diagrams: ReadonlyMap<string, XmlElement> = new Map()): Shape[] => {
  const [tree] = descendants(slide, "spTree");
  return tree === undefined ? [] : shapesOf(tree, diagrams);
};

const shapesOf = (parent: XmlElement, diagrams: ReadonlyMap<string, XmlElement>): Shape[] =>
  elements(parent).flatMap((element): Shape[] => {
    switch (element.name) {
      case "grpSp":
        return isHidden(element) ? [] : shapesOf(element, diagrams);
      case "AlternateContent": {
        // The same drawing twice: for programs that know the extension, and for the others.
        const choices = elements(element).map((choice) => shapesOf(choice, diagrams));
        return choices.find((shapes) => shapes.length > 0) ?? [];
      }
      case "sp":
      case "cxnSp":
        return isHidden(element) ? [] : textShape(element);
      case "graphicFrame":
        return isHidden(element) ? [] : frameShape(element, diagrams);
      default:
        return [];
    }
  });

const properties = (shape: XmlElement): XmlElement | undefined =>
  elements(shape).find(({ name }) => /^nv\w+Pr$/.test(name));

const isHidden = (shape: XmlElement): boolean =>
  /^(1|true)$/.test(childOf(properties(shape), "cNvPr")?.attributes["hidden"] ?? "");

const textShape = (shape: XmlElement): Shape[] => {
  const placeholderElement = childOf(childOf(properties(shape), "nvPr"), "ph");
  // A placeholder without a type is the layout's main content.
  const placeholder = placeholderElement === undefined ? undefined : (placeholderElement.attributes["type"] ?? "obj");
  const body = childOf(shape, "txBody");
  if (body === undefined || (placeholder !== undefined && furniture.has(placeholder))) return [];
  const blocks = bodyBlocks(body, placeholder === "obj");
  return blocks.length === 0 ? [] : [{ placeholder, blocks }];
};

const frameShape = (frame: XmlElement, diagrams: ReadonlyMap<string, XmlElement>): Shape[] => {
  const [table] = descendants(frame, "tbl");
  if (table !== undefined) {
    const block = markdownTable(tableRows(table));
    return block === undefined ? [] : [{ placeholder: undefined, blocks: [block] }];
  }
  const relationship = descendants(frame, "relIds")[0]?.attributes["r:dm"];
  const diagram = relationship === undefined ? undefined : diagrams.get(relationship);
  if (diagram === undefined) return [];
  const lines = descendants(diagram, "pt").flatMap((point) => descendants(point, "p").map(paragraphText));
  const text = lines.filter((line) => line !== "").map((line) => `- ${line}`);
  return text.length === 0 ? [] : [{ placeholder: undefined, blocks: [{ kind: "list", text: text.join("\n") }] }];
};

const tableRows = (table: XmlElement): string[][] =>
  descendants(table, "tr").map((row) =>
    descendants(row, "tc").map((cell) => {
      const continues = /^(1|true)$/.test(cell.attributes["hMerge"] ?? cell.attributes["vMerge"] ?? "");
      return continues ? "" : descendants(cell, "p").map(paragraphText).join(" ");
    }),
  );

/** Bulleted paragraphs that follow each other are one list; the layout's main content is bulleted unless it says no. */
const bodyBlocks = (body: XmlElement, bulletedByLayout: boolean): Block[] => {
  const blocks: Block[] = [];
  const paragraphs = elements(body).filter(({ name }) => name === "p");
  const bulleted = bulletedByLayout && paragraphs.filter((paragraph) => paragraphText(paragraph) !== "").length > 1;
  for (const paragraph of paragraphs) {
    const text = paragraphText(paragraph);
    if (text === "") continue;
    const format = childOf(paragraph, "pPr");
    const level = Math.min(Number(format?.attributes["lvl"] ?? 0) || 0, 8);
    const marked = childOf(format, "buChar") !== undefined || childOf(format, "buAutoNum") !== undefined;
    const isItem = childOf(format, "buNone") === undefined && (marked || bulleted);
    if (!isItem) {
      blocks.push({ kind: "text", text });
      continue;
    }
    const item = `${"  ".repeat(level)}- ${text.replaceAll("\n", " ")}`;
    const last = blocks.at(-1);
    if (last?.kind === "list") blocks[blocks.length - 1] = { kind: "list", text: `${last.text}\n${item}` };
    else blocks.push({ kind: "list", text: item });
  }
  return blocks;
};

const paragraphText = (paragraph: XmlElement): string =>
  elements(paragraph)
    .map((run) => {
      if (run.name === "br") return "\n";
      if (run.name === "AlternateContent") return "";
      return descendants(run, "t")
        .map((text) => text.children.filter((child) => typeof child === "string").join(""))
        .join("");
    })
    .join("")
    .trim();
