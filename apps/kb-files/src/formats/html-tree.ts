import { Parser } from "htmlparser2";
import type { XmlElement, XmlNode } from "./xml-tree.ts";

/** An element of a page, its name in lower case. Pages need not have `html`, `head` or `body`. */
export type HtmlElement = XmlElement;
export type HtmlNode = XmlNode;

/** The readers call themselves for each level. */
const deepest = 2_000;
const none: HtmlElement["attributes"] = Object.freeze({});

/**
 * A page or a fragment as a tree of plain objects: a browser's DOM takes ten times as long to make. What authors leave out
 * is closed as HTML has it; no script runs and nothing is fetched.
 * @param isXhtml `<title/>` is closed at once, and CDATA is text
 * @throws {RangeError} for nesting above 2,000 elements
 */
export const parseHtmlTree = (html: string, isXhtml = false): HtmlElement => {
  type Open = HtmlElement & { readonly children: HtmlNode[] };
  const root: Open = { name: "", attributes: none, children: [] };
  const open: Open[] = [root];
  let inner = root;
  const parser = new Parser(
    {
      onopentag(name, attributes) {
        if (open.length > deepest) throw new RangeError(`nested deeper than ${deepest} elements`);
        const element: Open = { name, attributes: isEmpty(attributes) ? none : attributes, children: [] };
        inner.children.push(element);
        open.push(element);
        inner = element;
      },
      onclosetag() {
        open.pop();
        inner = open.at(-1) ?? root;
      },
      ontext(text) {
        inner.children.push(text);
      },
    },
    { recognizeSelfClosing: isXhtml, recognizeCDATA: isXhtml },
  );
  parser.end(html);
  return root;
};

const isEmpty = (attributes: HtmlElement["attributes"]): boolean => {
  for (const _ in attributes) return false;
  return true;
};
