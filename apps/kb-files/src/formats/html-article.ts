import { Readability } from "@mozilla/readability";
import type { Block } from "../block.ts";
import { type DomElement, parseDom, treeOf } from "./dom.ts";
import { htmlBlocks } from "./html-blocks.ts";
import type { HtmlElement } from "./html-tree.ts";
import { elements, textOf } from "./xml-tree.ts";

/** Share of the page's prose (text outside links) that the article must keep. */
const keptShare = 0.9;
/** The same of its headings. */
const keptHeadings = 0.8;
/** Readability's time grows with the square of the nesting; real pages stay far below this. */
const deepest = 200;
/** Longer pages are reports and exported tables, and a DOM of one takes some 80 times its memory. */
const longest = 8 * 1024 * 1024;

/**
 * The page's article as Readability finds it; undefined where that loses prose, a table or headings of the body.
 * @param whole the body's blocks
 */
export const findArticle = (html: string, body: HtmlElement, whole: readonly Block[]): readonly Block[] | undefined => {
  if (html.length > longest || isDeeperThan(body, deepest)) return undefined;
  const options = { serializer: (element: unknown) => element as DomElement };
  const found = new Readability<DomElement>(parseDom(html), options).parse()?.content;
  if (found === undefined || found === null) return undefined;
  const article = treeOf(found);
  const blocks = htmlBlocks(article);
  const [kept, all] = [measure(article, blocks), measure(body, whole)];
  const isWhole =
    kept.prose >= keptShare * all.prose &&
    kept.laterRows >= all.laterRows &&
    // The page's first may become the title, and menus have a few of their own.
    kept.headings >= keptHeadings * all.headings - 1;
  return isWhole ? blocks : undefined;
};

const isDeeperThan = (root: HtmlElement, levels: number): boolean => {
  let level = [root];
  for (let depth = 0; depth < levels && level.length > 0; depth += 1) level = level.flatMap(elements);
  return level.length > 0;
};

/** What an article must keep of a page, in letters, rows and headings. */
const measure = (root: HtmlElement, blocks: readonly Block[]) => {
  let linked = 0;
  let laterRows = 0;
  let headings = 0;
  const visit = (element: HtmlElement): void => {
    const inner = elements(element);
    const { name } = element;
    if (name === "a") linked += textOf(element).trim().length;
    else if (/^h[1-4]$/.test(name)) headings += 1;
    else if (/^(table|thead|tbody|tfoot)$/.test(name)) {
      // A table of one row is layout.
      laterRows += Math.max(0, inner.filter((child) => child.name === "tr").length - 1);
    }
    inner.forEach(visit);
  };
  visit(root);
  const letters = blocks.reduce((sum, { text }) => sum + text.length, 0);
  // Boilerplate is mostly links, content mostly is not.
  return { prose: Math.max(0, letters - linked), laterRows, headings };
};
