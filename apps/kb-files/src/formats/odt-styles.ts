import { childOf, descendants, elements, type XmlElement } from "./xml-tree.ts";

/** What reading asks of a document's styles. */
export interface OdtStyles {
  /** Of a paragraph that looks like a heading, whatever element it is: 0 for the document's title. */
  headingLevel(style: string | undefined): number | undefined;
  /** @param level of the list, 1 for the outermost */
  isNumbered(listStyle: string | undefined, level: number): boolean;
}

/** The styles of `content.xml` (made by hand, "P1") and `styles.xml` (named, "Title"). */
export const readOdtStyles = (content: XmlElement, styles: XmlElement | undefined): OdtStyles => {
  const parents = new Map<string, string>();
  const numbered = new Set<string>();
  const roots = [content, ...(styles === undefined ? [] : [styles])];
  const groups = roots.flatMap((root) => [childOf(root, "styles"), childOf(root, "automatic-styles")]);
  for (const group of groups) {
    if (group === undefined) continue;
    for (const { attributes } of descendants(group, "style")) {
      const { "style:name": name, "style:parent-style-name": parent } = attributes;
      if (name !== undefined && parent !== undefined && !parents.has(name)) parents.set(name, parent);
    }
    for (const list of descendants(group, "list-style")) {
      for (const level of elements(list)) {
        if (level.name !== "list-level-style-number" || (level.attributes["style:num-format"] ?? "") === "") continue;
        numbered.add(`${list.attributes["style:name"]} ${level.attributes["text:level"]}`);
      }
    }
  }
  const headingLevel = (style: string | undefined, steps = 0): number | undefined => {
    if (style === undefined || steps > 20) return undefined;
    if (style === "Title") return 0;
    const level = /^Heading_20_(\d{1,2})$/.exec(style)?.[1];
    return level === undefined ? headingLevel(parents.get(style), steps + 1) : Number(level);
  };
  return {
    headingLevel: (style) => headingLevel(style),
    isNumbered: (style, level) => numbered.has(`${style} ${level}`),
  };
};
