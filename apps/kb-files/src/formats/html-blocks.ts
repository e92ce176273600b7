import type { Block } from "../block.ts";
import { isElement, isText, type DomElement, type DomNode } from "./dom.ts";
import { markdownTable } from "./markdown-table.ts";

/** Never content, whatever the page. */
const dropped = new Set(
  (
    "script style noscript template svg math iframe object embed canvas audio video select button input textarea nav " +
    "head title link meta dialog"
  )
    .split(" ")
    .map((name) => name.toUpperCase()),
);
const inline = new Set(
  (
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark q ruby rb rp rt s samp small span " +
    "strike strong sub sup time tt u var wbr br"
  )
    .split(" ")
    .map((name) => name.toUpperCase()),
);
const structured = "h1, h2, h3, h4, h5, h6, table, pre";

/** Walks a DOM into blocks in document order. Used for HTML pages and for the HTML that DOCX becomes. */
export const htmlBlocks = (root: DomElement): Block[] => {
  const blocks: Block[] = [];
  let pending = "";
  const push = (kind: "text" | "list" | "code", text: string): void => {
    if (text.trim() !== "") blocks.push({ kind, text });
  };
  const flush = (): void => {
    push("text", collapse(pending));
    pending = "";
  };
  const visit = (node: DomNode): void => {
    if (isText(node)) pending += spaced(node.textContent ?? "");
    if (!isElement(node) || isHidden(node)) return;
    const name = node.nodeName.toUpperCase();
    if (name === "BR") pending += "\n";
    else if (inline.has(name)) for (const child of node.childNodes) visit(child);
    else {
      flush();
      visitBlock(name, node);
      flush();
    }
  };
  const visitBlock = (name: string, element: DomElement): void => {
    const heading = /^H([1-6])$/.exec(name);
    if (heading !== null) {
      const text = collapse(inlineText(element)).replaceAll("\n", " ");
      if (text !== "") blocks.push({ kind: "heading", text, level: Number(heading[1]) });
    } else if (name === "PRE") {
      push("code", (element.textContent ?? "").replace(/^\n/, "").trimEnd());
    } else if (name === "TABLE" && element.querySelector(structured) === null) {
      const caption = element.querySelector("caption");
      if (caption !== null) push("text", collapse(inlineText(caption)));
      const table = markdownTable(tableRows(element));
      if (table !== undefined) blocks.push(table);
    } else if ((name === "UL" || name === "OL") && element.querySelector(structured) === null) {
      push("list", listLines(element, 0).join("\n"));
    } else {
      for (const child of element.childNodes) visit(child);
    }
  };
  for (const child of root.childNodes) visit(child);
  flush();
  return blocks;
};

const isHidden = (element: DomElement): boolean =>
  dropped.has(element.nodeName.toUpperCase()) ||
  element.hasAttribute("hidden") ||
  element.getAttribute("aria-hidden") === "true" ||
  /display\s*:\s*none/i.test(element.getAttribute("style") ?? "");

/** Line breaks in the source are spaces; only `<br>` breaks a line. */
const spaced = (text: string): string => text.replace(/\s+/gu, " ");

const collapse = (text: string): string =>
  text
    .replace(/[^\S\n]+/gu, " ")
    .replace(/ ?\n ?/g, "\n")
    .trim();

const inlineText = (node: DomNode): string => {
  if (isText(node)) return spaced(node.textContent ?? "");
  if (!isElement(node) || isHidden(node)) return "";
  const name = node.nodeName.toUpperCase();
  if (name === "BR") return "\n";
  const inner = [...node.childNodes].map(inlineText).join("");
  return inline.has(name) ? inner : ` ${inner} `;
};

const tableRows = (table: DomElement): string[][] =>
  [...table.querySelectorAll("tr")].map((row) =>
    [...row.childNodes]
      .filter(isElement)
      .filter((cell) => /^T[DH]$/i.test(cell.nodeName))
      .flatMap((cell) => {
        const span = Math.min(Math.max(Number(cell.getAttribute("colspan") ?? 1) || 1, 1), 100);
        return [collapse(inlineText(cell)), ...Array.from({ length: span - 1 }, () => "")];
      }),
  );

const listLines = (list: DomElement, depth: number): string[] => {
  const ordered = list.nodeName.toUpperCase() === "OL";
  let number = Number(list.getAttribute("start") ?? 1) || 1;
  const lines: string[] = [];
  for (const item of list.childNodes) {
    if (!isElement(item) || isHidden(item)) continue;
    const nested = [...item.childNodes].filter(isElement).filter((child) => /^[OU]L$/i.test(child.nodeName));
    const own = [...item.childNodes].filter((child) => !nested.includes(child as DomElement));
    const text = collapse(own.map(inlineText).join("")).replaceAll("\n", " ");
    if (text !== "") lines.push(`${"  ".repeat(depth)}${ordered ? `${number}.` : "-"} ${text}`);
    number += 1;
    for (const inner of nested) lines.push(...listLines(inner, depth + 1));
  }
  return lines;
};
