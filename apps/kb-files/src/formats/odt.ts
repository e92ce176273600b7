import type { Block, ParsedFile } from "../block.ts";
import { fileProblem } from "../problem.ts";
import { openZip, readEntry } from "../zip-file.ts";
import { markdownTable } from "./markdown-table.ts";
import { odtTableRows } from "./odt-table.ts";
import { readOdtStyles, type OdtStyles } from "./odt-styles.ts";
import { childOf, descendants, elements, parseXml, type XmlElement } from "./xml-tree.ts";

/**
 * An OpenDocument text: headings by outline level under the title, lists, tables, footnotes after their paragraph.
 * Deleted text that is still tracked, comments and generated indexes are left out. Pages are unknown.
 * @throws {PermanentError} file_bomb, password_required, file_corrupt
 */
export const parseOdt = async (bytes: Uint8Array, fileName: string): Promise<ParsedFile> => {
  const zip = await openZip(bytes, fileName);
  const manifest = await zip.read("META-INF/manifest.xml");
  // Each encrypted entry has its element; the newer form packs the whole document into one encrypted entry.
  if (manifest?.includes("encryption-data") === true || zip.names.includes("encrypted-package")) {
    throw fileProblem(
      "password_required",
      fileName,
      "is protected by a password. Remove the password and upload it again.",
    );
  }
  const content = await readEntry(zip, "content.xml", fileName);
  try {
    const root = await parseXml(content);
    const body = childOf(childOf(root, "body"), "text");
    if (body === undefined) throw new Error("it has no text body");
    const styles = readOdtStyles(root, await zip.read("styles.xml").then((part) => part && parseXml(part)));
    return { pageCount: null, blocks: underTitle(readBlocks(body, styles)) };
  } catch (error) {
    const sentence = "is damaged: its OpenDocument text cannot be read. Save it again and upload that.";
    throw fileProblem("file_corrupt", fileName, sentence, error);
  }
};

/** Level 0 is the document's title until `underTitle`. */
const titleLevel = 0;

const underTitle = (blocks: readonly Block[]): Block[] => {
  const titled = blocks.some((block) => block.kind === "heading" && block.level === titleLevel);
  return titled
    ? blocks.map((block) => (block.kind === "heading" ? { ...block, level: block.level + 1 } : block))
    : [...blocks];
};

const skipped = new Set([
  "tracked-changes",
  "annotation",
  "annotation-end",
  "note-citation",
  "table-of-content",
  "alphabetical-index",
  "illustration-index",
  "table-index",
  "forms",
  "sequence-decls",
  "variable-decls",
]);

const readBlocks = (parent: XmlElement, styles: OdtStyles): Block[] => {
  const blocks: Block[] = [];
  addChildren(blocks, parent, styles);
  return blocks;
};

const addChildren = (blocks: Block[], parent: XmlElement, styles: OdtStyles): void => {
  for (const child of parent.children) if (typeof child !== "string") addBlocks(blocks, child, styles);
};

const addBlocks = (blocks: Block[], element: XmlElement, styles: OdtStyles): void => {
  const { name, attributes } = element;
  if (name === "h" || name === "p") {
    const shown = styles.headingLevel(attributes["text:style-name"]);
    const level = name === "h" && shown !== titleLevel ? Number(attributes["text:outline-level"] ?? 1) || 1 : shown;
    addParagraph(blocks, element, styles, level);
  } else if (name === "list") addList(blocks, element, styles);
  else if (name === "table") {
    // A table around another is layout.
    if (descendants(element, "table").length > 0) {
      for (const cell of descendants(element, "table-cell")) addChildren(blocks, cell, styles);
      return;
    }
    const cellText = (cell: XmlElement): string =>
      readBlocks(cell, styles)
        .map(({ text }) => text)
        .join(" ");
    const block = markdownTable(odtTableRows(element, cellText));
    if (block !== undefined) blocks.push(block);
  } else if (!skipped.has(name) && !(name === "section" && attributes["text:display"] === "none")) {
    addChildren(blocks, element, styles);
  }
};

/** A paragraph, then what is anchored in it: text frames and footnotes. */
const addParagraph = (blocks: Block[], paragraph: XmlElement, styles: OdtStyles, level: number | undefined): void => {
  const anchored: XmlElement[] = [];
  const text = inlineText(paragraph, anchored);
  if (text !== "") blocks.push(level === undefined ? { kind: "text", text } : { kind: "heading", text, level });
  for (const element of anchored) addChildren(blocks, element, styles);
};

/** @param anchored takes the frames and notes that stand in it */
const inlineText = (paragraph: XmlElement, anchored: XmlElement[] = []): string => {
  const inner = ({ children }: XmlElement): string => {
    let text = "";
    for (const node of children) {
      // White space in the file is one space; more of it is written as elements.
      if (typeof node === "string") text += /[^\S ]|  /.test(node) ? node.replace(/\s+/g, " ") : node;
      else if (node.name === "s") text += " ".repeat(Math.min(Number(node.attributes["text:c"] ?? 1) || 1, 100));
      else if (node.name === "tab") text += "\t";
      else if (node.name === "line-break") text += "\n";
      else if (node.name === "frame") anchored.push(...descendants(node, "text-box"));
      else if (node.name === "note") anchored.push(...descendants(node, "note-body"));
      else if (!skipped.has(node.name)) text += inner(node);
    }
    return text;
  };
  return inner(paragraph).trim();
};

/** Items as lines; a list that holds headings (numbered chapters are written so) or tables is read as what it holds. */
const addList = (blocks: Block[], list: XmlElement, styles: OdtStyles): void => {
  if (descendants(list, "h").length > 0 || descendants(list, "table").length > 0) {
    addChildren(blocks, list, styles);
    return;
  }
  const lines = listLines(list, styles, 1, list.attributes["text:style-name"]);
  if (lines.length > 0) blocks.push({ kind: "list", text: lines.join("\n") });
};

const listLines = (list: XmlElement, styles: OdtStyles, level: number, style: string | undefined): string[] => {
  let number = 0;
  return elements(list).flatMap((item) => {
    if (item.name !== "list-item" && item.name !== "list-header") return [];
    const children = elements(item);
    const text = children
      .filter(({ name }) => name === "p")
      .map((paragraph) => inlineText(paragraph))
      .join(" ")
      .replaceAll("\n", " ")
      .trim();
    if (text !== "") number += 1;
    const marker = styles.isNumbered(style, level) ? `${number}.` : "-";
    const own = text === "" ? [] : [`${"  ".repeat(level - 1)}${marker} ${text}`];
    const nested = children.filter(({ name }) => name === "list");
    return [
      ...own,
      ...nested.flatMap((inner) => listLines(inner, styles, level + 1, inner.attributes["text:style-name"] ?? style)),
    ];
  });
};
