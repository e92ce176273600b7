import type { Block } from "../block.ts";
import { tableRows } from "./html-table.ts";
import { collapse, gather, inlineText, isHidden, isInline, lineBreak } from "./html-text.ts";
import type { HtmlElement, HtmlNode } from "./html-tree.ts";
import { markdownTable } from "./markdown-table.ts";
import { descendants, elements, textOf } from "./xml-tree.ts";

const structured = new Set(["h1", "h2", "h3", "h4", "h5", "h6", "table", "pre"]);

/** Walks a page into blocks in document order. Used for HTML, and for the HTML that books, mail and DOCX hold or become. */
export const htmlBlocks = (root: HtmlElement): Block[] => {
  const blocks: Block[] = [];
  let pending = "";
  const push = (kind: "text" | "list" | "code", text: string): void => {
    if (text.trim() !== "") blocks.push({ kind, text });
  };
  const flush = (): void => {
    if (pending !== "") push("text", collapse(pending));
    pending = "";
  };
  const visit = (node: HtmlNode): void => {
    if (typeof node === "string") pending += node;
    else if (isHidden(node)) return;
    else if (node.name === "br") pending += lineBreak;
    else if (isInline(node)) node.children.forEach(visit);
    else {
      flush();
      visitBlock(node);
      flush();
    }
  };
  const visitBlock = (element: HtmlElement): void => {
    const { name } = element;
    const level = /^h([1-6])$/.exec(name)?.[1];
    if (level !== undefined) {
      const text = inlineText(element).replaceAll("\n", " ");
      if (text !== "") blocks.push({ kind: "heading", text, level: Number(level) });
    } else if (name === "pre") {
      push("code", textOf(element).replace(/^\n/, "").trimEnd());
    } else if (name === "table" && !isStructured(element)) {
      const [caption] = descendants(element, "caption");
      if (caption !== undefined) push("text", inlineText(caption));
      const table = markdownTable(tableRows(element));
      if (table !== undefined) blocks.push(table);
    } else if ((name === "ul" || name === "ol") && !isStructured(element)) {
      push("list", listLines(element, 0).join("\n"));
    } else {
      element.children.forEach(visit);
    }
  };
  root.children.forEach(visit);
  flush();
  return blocks;
};

/** Holds what no line of a list or table can. */
const isStructured = (element: HtmlElement): boolean =>
  element.children.some((node) => typeof node !== "string" && (structured.has(node.name) || isStructured(node)));

const isList = ({ name }: HtmlElement): boolean => name === "ul" || name === "ol";

const listLines = (list: HtmlElement, depth: number): string[] => {
  let number = Number(list.attributes["start"] ?? 1) || 1;
  const lines: string[] = [];
  for (const item of elements(list)) {
    if (isHidden(item)) continue;
    if (isList(item)) {
      // Wrong, and common: a list beside the item that it belongs to.
      lines.push(...listLines(item, depth + 1));
      continue;
    }
    const own = item.children.filter((node) => typeof node === "string" || !isList(node));
    const text = collapse(own.map(gather).join("")).replaceAll("\n", " ");
    if (text !== "") lines.push(`${"  ".repeat(depth)}${list.name === "ol" ? `${number}.` : "-"} ${text}`);
    number += 1;
    for (const inner of elements(item).filter(isList)) lines.push(...listLines(inner, depth + 1));
  }
  return lines;
};
