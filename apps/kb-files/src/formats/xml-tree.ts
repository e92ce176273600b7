import { SaxesParser } from "saxes";
import { decodeText } from "../decode.ts";

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
  const declared = /^[^>]{0,100}?encoding\s*=\s*["']([\w-]+)["']/.exec(
    Buffer.from(bytes.subarray(0, 200)).toString("latin1"),
  )?.[1];
  const { text } = await decodeText(bytes, declared);
  const parser = new SaxesParser();
  type Open = XmlElement & { readonly children: XmlNode[] };
  const top: Open = { name: "", attributes: {}, children: [] };
  const open: Open[] = [top];
  parser.on("opentag", ({ name, attributes }) => {
    if (open.length > maxDepth) throw new Error("it is nested too deeply");
    const element: Open = { name: name.slice(name.indexOf(":") + 1), attributes, children: [] };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on("closetag", () => void open.pop());
  const addText = (piece: string): void => void open.at(-1)?.children.push(piece);
  parser.on("text", addText);
  parser.on("cdata", addText);
  parser.write(text.replace(/^\ufeff/, "")).close();
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
export const descendants = (parent: XmlElement, name: string): XmlElement[] =>
  elements(parent).flatMap((element) => (element.name === name ? [element] : descendants(element, name)));

export const textOf = (node: XmlNode): string => (typeof node === "string" ? node : node.children.map(textOf).join(""));
