import type { HtmlElement, HtmlNode } from "./html-tree.ts";

/** Never content, whatever the page. */
const dropped = new Set(
  (
    "script style noscript template svg math iframe object embed canvas audio video select button input textarea nav " +
    "title link meta dialog"
  ).split(" "),
);
const inline = new Set(
  (
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark q ruby rb rp rt s samp small span " +
    "strike strong sub sup time tt u var wbr br"
  ).split(" "),
);

/** Elements inside a line of text. */
export const isInline = (element: HtmlElement): boolean => inline.has(element.name);

export const isHidden = ({ name, attributes }: HtmlElement): boolean =>
  dropped.has(name) ||
  attributes["hidden"] !== undefined ||
  attributes["aria-hidden"] === "true" ||
  // A note's mark in a book; the note itself stands elsewhere.
  attributes["epub:type"] === "noteref" ||
  (attributes["style"] !== undefined && /display\s*:\s*none/i.test(attributes["style"]));

/** `<br>` while a text is gathered: white space of the source is no line end. */
export const lineBreak = "\u2028";

/** Gathered text with single spaces, and none at the ends of its lines. */
export const collapse = (text: string): string =>
  (/[^\S ]|  /.test(text) ? text.replace(/[^\S\u2028]+/g, " ").replace(/ ?\u2028 ?/g, "\n") : text).trim();

/** A cell's, heading's or item's text. */
export const inlineText = (element: HtmlElement): string => collapse(gather(element));

/** Elements that stand apart on a page are parted by a space. */
export const gather = (node: HtmlNode): string => {
  if (typeof node === "string") return node;
  if (isHidden(node)) return "";
  if (node.name === "br") return lineBreak;
  let text = "";
  for (const child of node.children) text += gather(child);
  return isInline(node) ? text : ` ${text} `;
};
