import { decodeText } from "../decode.ts";
import { declaredEncoding, makeXmlReader, type XmlHandler } from "./xml-events.ts";

/** An element with its name's prefix removed; attributes keep theirs, because formats tell `id` from `r:id`. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlNode[];
}
export type XmlNode = XmlElement | string;

const maxDepth = 256;

/**
 * XML as a tree. The parser knows the five entities of XML alone and skips document type declarations: nothing expands
 * and nothing is fetched.
 * @throws {Error} where it is not well-formed or nested deeper than 256 elements
 */
export const parseXml = async (bytes: Uint8Array): Promise<XmlElement> => {
  const { text } = await decodeText(bytes, declaredEncoding(bytes));
  type Open = XmlElement & { readonly children: XmlNode[] };
  const top: Open = { name: "", attributes: {}, children: [] };
  const open: Open[] = [top];
  let inner = top;
  const handler: XmlHandler = {
    open: (name, attributes) => {
      const element: Open = { name, attributes, children: [] };
      inner.children.push(element);
      open.push(element);
      inner = element;
    },
    close: () => {
      open.pop();
      inner = open.at(-1) ?? top;
    },
    text: (piece) => void inner.children.push(piece),
  };
  const reader = makeXmlReader(handler, maxDepth);
  reader.write(text);
  reader.close();
  const root = elements(top)[0];
  if (root === undefined) throw new Error("it holds no element");
  return root;
};

export const elements = (parent: XmlElement): XmlElement[] =>
  parent.children.filter((node): node is XmlElement => typeof node !== "string");

/** The first child of that name. */
export const childOf = (parent: XmlElement | undefined, name: string): XmlElement | undefined =>
  parent === undefined ? undefined : elements(parent).find((element) => element.name === name);

/** Every element of that name below, in document order, but none inside another one of that name. */
export const descendants = (parent: XmlElement, name: string): XmlElement[] => {
  const found: XmlElement[] = [];
  const visit = (element: XmlElement): void => {
    for (const child of element.children) {
      if (typeof child === "string") continue;
      if (child.name === name) found.push(child);
      else visit(child);
    }
  };
  visit(parent);
  return found;
};

export const textOf = (node: XmlNode): string => (typeof node === "string" ? node : node.children.map(textOf).join(""));
