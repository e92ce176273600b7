import type { Block, ParsedFile } from "../block.ts";
import { fileProblem } from "../problem.ts";
import { openZip, readEntry } from "../zip-file.ts";
import { markdownTable } from "./markdown-table.ts";
import { readOdtStyles, type OdtStyles } from "./odt-styles.ts";
import { childOf, descendants, elements, parseXml, type XmlElement, type XmlNode } from "./xml-tree.ts";

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

const readBlocks = (parent: XmlElement, styles: OdtStyles): Block[] =>
  elements(parent).flatMap((element): Block[] => {
    switch (element.name) {
      case "h": {
        const level = Number(element.attributes["text:outline-level"] ?? 1) || 1;
        const style = element.attributes["text:style-name"];
        return paragraphBlocks(element, styles, { level: styles.isTitle(style) ? titleLevel : level });
      }
      case "p": {
        const style = element.attributes["text:style-name"];
        return paragraphBlocks(element, styles, styles.isTitle(style) ? { level: titleLevel } : undefined);
      }
      case "list":
        return listBlocks(element, styles);
      case "table": {
        const block = markdownTable(tableRows(element, styles));
        return block === undefined ? [] : [block];
      }
      default: {
        const hidden = element.name === "section" && element.attributes["text:display"] === "none";
        return hidden || skipped.has(element.name) ? [] : readBlocks(element, styles);
      }
    }
  });

/** A paragraph, then what is anchored in it: text frames and footnotes. */
const paragraphBlocks = (
  paragraph: XmlElement,
  styles: OdtStyles,
  heading: { readonly level: number } | undefined,
): Block[] => {
  const text = inlineText(paragraph);
  const anchored = [...descendants(paragraph, "text-box"), ...descendants(paragraph, "note-body")];
  const own: Block[] =
    text === "" ? [] : [heading === undefined ? { kind: "text", text } : { kind: "heading", text, ...heading }];
  return [...own, ...anchored.flatMap((element) => readBlocks(element, styles))];
};

const inlineText = (paragraph: XmlElement): string => {
  const inner = (node: XmlNode): string => {
    // White space in the file is one space; more of it is written as elements.
    if (typeof node === "string") return node.replace(/\s+/gu, " ");
    if (node.name === "s") return " ".repeat(Math.min(Number(node.attributes["text:c"] ?? 1) || 1, 100));
    if (node.name === "tab") return "\t";
    if (node.name === "line-break") return "\n";
    if (node.name === "note" || node.name === "frame" || skipped.has(node.name)) return "";
    return node.children.map(inner).join("");
  };
  return paragraph.children.map(inner).join("").trim();
};

/** Items as lines; a list that holds headings (numbered chapters are written so) or tables is read as what it holds. */
const listBlocks = (list: XmlElement, styles: OdtStyles): Block[] => {
  if (descendants(list, "h").length > 0 || descendants(list, "table").length > 0) return readBlocks(list, styles);
  const lines = listLines(list, styles, 1, list.attributes["text:style-name"]);
  return lines.length === 0 ? [] : [{ kind: "list", text: lines.join("\n") }];
};

const listLines = (list: XmlElement, styles: OdtStyles, level: number, style: string | undefined): string[] => {
  let number = 0;
  return elements(list).flatMap((item) => {
    if (item.name !== "list-item" && item.name !== "list-header") return [];
    const children = elements(item);
    const text = children
      .filter(({ name }) => name === "p")
      .map(inlineText)
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

const tableRows = (table: XmlElement, styles: OdtStyles): string[][] =>
  elements(table).flatMap((element): string[][] => {
    if (/^table-(header-rows|rows|row-group)$/.test(element.name)) return tableRows(element, styles);
    if (element.name !== "table-row") return [];
    return [
      elements(element).flatMap((cell) => {
        const repeated = Math.min(Number(cell.attributes["table:number-columns-repeated"] ?? 1) || 1, 100);
        const text = readBlocks(cell, styles)
          .map((block) => block.text)
          .join(" ");
        return Array.from({ length: repeated }, () => text);
      }),
    ];
  });
