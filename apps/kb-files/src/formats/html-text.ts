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

/** Line breaks in the source are spaces; only `<br>` breaks a line. */
export const spaced = (text: string): string => (/[^\S ]|  /.test(text) ? text.replace(/\s+/g, " ") : text);

/** What `spaced` pieces and breaks make together, with single spaces and none at the ends of lines. */
export const collapse = (text: string): string =>
  (/[^\S ]|  /.test(text) ? text.replace(/[^\S\n]+/g, " ").replace(/ ?\n ?/g, "\n") : text).trim();

/** A cell's, heading's or item's text: elements that stand apart on a page are parted by a space. */
export const inlineText = (element: HtmlElement): string => collapse(piece(element));

export const piece = (node: HtmlNode): string => {
  if (typeof node === "string") return spaced(node);
  if (isHidden(node)) return "";
  if (node.name === "br") return "\n";
  let text = "";
  for (const child of node.children) text += piece(child);
  return isInline(node) ? text : ` ${text} `;
};
