import { childOf, descendants, elements, type XmlElement } from "./xml-tree.ts";

/** What reading asks of a document's styles. */
export interface OdtStyles {
  isTitle(style: string | undefined): boolean;
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
  const isTitle = (style: string | undefined, steps = 0): boolean =>
    style === "Title" || (style !== undefined && steps < 20 && isTitle(parents.get(style), steps + 1));
  return {
    isTitle: (style) => isTitle(style),
    isNumbered: (style, level) => numbered.has(`${style} ${level}`),
  };
};
