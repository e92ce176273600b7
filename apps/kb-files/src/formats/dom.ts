import { parseHTML } from "linkedom";
import type { HtmlElement, HtmlNode } from "./html-tree.ts";

/** The part of a DOM that reading needs; the compiler's own DOM types stay out of a Node program. */
interface DomNode {
  readonly nodeType: number;
  readonly textContent: string | null;
}

export interface DomElement extends DomNode {
  readonly localName: string;
  readonly attributes: Iterable<{ readonly name: string; readonly value: string }>;
  readonly childNodes: Iterable<DomNode>;
}

interface DomDocument {
  readonly head: MovableElement;
  readonly documentElement: MovableElement;
  querySelector(selector: string): DomElement | null;
}
interface MovableElement extends DomElement {
  append(node: DomNode): void;
  after(node: DomNode): void;
}

/** A page as a browser's scripts see it, for who needs that; no script runs and nothing is fetched. */
export const parseDom = (html: string): DomDocument => {
  const { document } = parseHTML(wholePage(html)) as unknown as { document: DomDocument };
  const body = document.querySelector("body");
  if (body !== null) orderHtml(document, body);
  return document;
};

/** The parser's `body` is what follows `head` at once: pages without a `head`, or with a script between, would be empty. */
const orderHtml = ({ documentElement, head }: DomDocument, body: DomElement): void => {
  const children = Array.from(documentElement.childNodes);
  for (const child of children) if (child !== head && child !== body) head.append(child);
  head.after(body);
};

/** The parser adds none of the tags that HTML lets authors leave out. */
const wholePage = (html: string): string => {
  if (/<html[\s>]/i.test(html) && /<body[\s>]/i.test(html)) return html;
  const inner = html.replace(/<!doctype[^>]*>|<\/?html[^>]*>/gi, "");
  return `<!doctype html><html>${/<body[\s>]/i.test(inner) ? inner : `<head></head><body>${inner}</body>`}</html>`;
};

const isElement = (node: DomNode): node is DomElement => node.nodeType === 1;
const isText = (node: DomNode): boolean => node.nodeType === 3;

export const treeOf = (element: DomElement): HtmlElement => {
  const attributes: Record<string, string> = {};
  for (const { name, value } of element.attributes) attributes[name] = value;
  const children: HtmlNode[] = [];
  for (const child of element.childNodes) {
    if (isText(child)) children.push(child.textContent ?? "");
    else if (isElement(child)) children.push(treeOf(child));
  }
  return { name: element.localName, attributes, children };
};
