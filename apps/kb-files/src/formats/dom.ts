import { parseHTML } from "linkedom";

/** The part of the DOM that reading needs; the compiler's own DOM types stay out of a Node program. */
export interface DomNode {
  readonly nodeType: number;
  readonly nodeName: string;
  readonly textContent: string | null;
  readonly childNodes: Iterable<DomNode>;
}

export interface DomElement extends DomNode {
  readonly outerHTML: string;
  getAttribute(name: string): string | null;
  hasAttribute(name: string): boolean;
  querySelector(selector: string): DomElement | null;
  querySelectorAll(selector: string): Iterable<DomElement>;
  remove(): void;
}

export interface DomDocument extends DomElement {
  readonly body: DomElement;
}

export const isElement = (node: DomNode): node is DomElement => node.nodeType === 1;
export const isText = (node: DomNode): boolean => node.nodeType === 3;

/** Parses a page or a fragment; no script runs and nothing is fetched. */
export const parseDom = (html: string): DomDocument => {
  const { document } = parseHTML(wholePage(html)) as unknown as { document: MovableDocument };
  const body = document.querySelector("body");
  if (body !== null) orderHtml(document, body);
  return document;
};

interface MovableDocument extends DomDocument {
  readonly head: MovableElement;
  readonly documentElement: MovableElement;
}
interface MovableElement extends DomElement {
  append(node: DomNode): void;
  after(node: DomNode): void;
}

/** The parser's `body` is what follows `head` at once: pages without a `head`, or with a script between, would be empty. */
const orderHtml = ({ documentElement, head }: MovableDocument, body: DomElement): void => {
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
