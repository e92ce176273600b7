import type { Block, ParsedFile } from "../block.ts";
import { findArticle } from "./html-article.ts";
import { htmlBlocks } from "./html-blocks.ts";
import { type HtmlElement, parseHtmlTree } from "./html-tree.ts";
import { descendants, textOf } from "./xml-tree.ts";

/**
 * An HTML page: the article that Readability finds, or the body where that loses prose or a table (short pages,
 * reference tables). The title is the first heading. Navigation, scripts and styles are never text.
 * @throws {RangeError} for nesting that no page needs
 */
export const parseHtml = (html: string): ParsedFile => {
  const page = parseHtmlTree(html, /^\ufeff?\s*<\?xml/.test(html));
  const body = withoutMargins(page);
  const whole = htmlBlocks(body);
  const article = findArticle(html, body, whole);
  const blocks = article === undefined ? whole : withLostHeading(page, article);
  const [title] = descendants(page, "title");
  return { pageCount: null, blocks: withTitle(title === undefined ? "" : oneLine(textOf(title)), blocks) };
};

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();

/** Footers and asides of the whole page. */
const withoutMargins = (element: HtmlElement): HtmlElement => ({
  ...element,
  children: element.children.flatMap((child) => {
    if (typeof child === "string") return child;
    if (child.name === "footer" || child.name === "aside") return [];
    return child.name === "html" || child.name === "body" ? withoutMargins(child) : child;
  }),
});

/** Readability drops a page's own h1 where it resembles the title, and what only the h1 says would be lost. */
const withLostHeading = (page: HtmlElement, blocks: readonly Block[]): readonly Block[] => {
  const [heading, ...others] = descendants(page, "h1");
  const text = heading === undefined ? "" : oneLine(textOf(heading));
  const kept = blocks.some((block) => block.kind === "heading" && block.text === text);
  return text === "" || others.length > 0 || kept ? blocks : [{ kind: "heading", text, level: 1 }, ...blocks];
};

const withTitle = (title: string, blocks: readonly Block[]): readonly Block[] => {
  if (title === "" || blocks.length === 0) return blocks;
  const first = blocks.find((block) => block.kind === "heading");
  // "Page — Site" titles repeat the page's own first heading.
  if (first !== undefined && first.level <= 2 && sameStart(title, first.text)) {
    return blocks.map((block) => (block === first ? { ...first, level: 1 } : block));
  }
  return [{ kind: "heading", text: title, level: 1 }, ...blocks.map((block) => demoted(block, first))];
};

const sameStart = (title: string, heading: string): boolean =>
  title.toLowerCase().startsWith(heading.toLowerCase()) || heading.toLowerCase().startsWith(title.toLowerCase());

/** Under a title of level 1, a page that starts its own headings at level 1 moves down by one. */
const demoted = (block: Block, first: Block | undefined): Block =>
  block.kind === "heading" && first?.kind === "heading" && first.level === 1
    ? { ...block, level: block.level + 1 }
    : block;
