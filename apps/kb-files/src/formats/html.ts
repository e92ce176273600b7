import { Readability } from "@mozilla/readability";
import type { Block, ParsedFile } from "../block.ts";
import { isElement, parseDom, type DomDocument, type DomElement, type DomNode } from "./dom.ts";
import { htmlBlocks } from "./html-blocks.ts";

/** Share of the page's prose (text outside links) that the article must keep; below it the whole body is read. */
const keptShare = 0.9;
/** The same of its headings. */
const keptHeadings = 0.8;
/** Readability's time grows with the square of the nesting; real pages stay far below this. */
const deepestArticle = 200;

/** `<meta charset>` or its http-equiv form, as far as ASCII shows it. */
export const declaredCharset = (bytes: Uint8Array): string | undefined => {
  const start = Buffer.from(bytes.subarray(0, 4_096)).toString("latin1");
  return /<meta[^>]+charset\s*=\s*["']?\s*([\w-]+)/i.exec(start)?.[1];
};

/**
 * An HTML page: the article that Readability finds, or the body where that loses prose or a table (short pages,
 * reference tables). The title is the first heading. Navigation, scripts and styles are never text.
 */
export const parseHtml = (html: string): ParsedFile => {
  checkDepth(html);
  const document = parseDom(html);
  const title = (document.querySelector("title")?.textContent ?? "").replace(/\s+/gu, " ").trim();
  const article = articleOf(html, document);
  const blocks = article ? withLostHeading(document, htmlBlocks(article)) : htmlBlocks(bodyOf(document));
  return { pageCount: null, blocks: withTitle(title, blocks) };
};

/** Of elements that authors close; the readers call themselves for each level. */
const deepest = 2_000;
const tag =
  /<(\/?)(?:a|article|aside|b|blockquote|center|code|details|div|dl|em|fieldset|figure|font|footer|form|header|i|main|nav|ol|section|small|span|strong|sub|sup|table|u|ul)\b/gi;

/** Before a DOM is built. @throws {RangeError} */
export const checkDepth = (html: string): void => {
  let depth = 0;
  for (const [, closes] of html.matchAll(tag)) {
    depth = closes === "" ? depth + 1 : Math.max(0, depth - 1);
    if (depth > deepest) throw new RangeError(`nested deeper than ${deepest} elements`);
  }
};

const bodyOf = (document: DomDocument): DomElement => {
  for (const element of document.body.querySelectorAll("body > footer, body > aside")) element.remove();
  return document.body;
};

const articleOf = (html: string, original: DomDocument): DomElement | undefined => {
  if (isDeeperThan(original.body, deepestArticle)) return undefined;
  // Readability rewrites the document it is given.
  const copy = parseDom(html);
  const article = new Readability<string>(copy).parse();
  if (article?.content === undefined || article.content === null) return undefined;
  const root = parseDom(article.content).body;
  const count = (element: DomElement, selector: string): number => [...element.querySelectorAll(selector)].length;
  // Headings say where an answer stands. The page's first may become the title, and menus have a few of their own.
  const headings = "h1, h2, h3, h4";
  const kept =
    proseLength(root) >= keptShare * proseLength(original.body) &&
    laterRows(root) >= laterRows(original.body) &&
    count(root, headings) >= keptHeadings * count(original.body, headings) - 1;
  return kept ? root : undefined;
};

/** Rows that follow another: a table of one row is layout. One pass, where a selector would take the square. */
const laterRows = (root: DomElement): number =>
  [...root.querySelectorAll("table, thead, tbody, tfoot")].reduce((sum, table) => {
    const rows = [...table.childNodes].filter((node) => isElement(node) && node.nodeName.toUpperCase() === "TR");
    return sum + Math.max(0, rows.length - 1);
  }, 0);

/** Readability drops a page's own h1 where it resembles the title, and what only the h1 says would be lost. */
const withLostHeading = (original: DomDocument, blocks: readonly Block[]): readonly Block[] => {
  const [heading, ...others] = original.querySelectorAll("h1");
  const text = (heading?.textContent ?? "").replace(/\s+/gu, " ").trim();
  const kept = blocks.some((block) => block.kind === "heading" && block.text === text);
  return text === "" || others.length > 0 || kept ? blocks : [{ kind: "heading", text, level: 1 }, ...blocks];
};

const isDeeperThan = (root: DomNode, levels: number): boolean => {
  let level: DomNode[] = [root];
  for (let depth = 0; depth < levels && level.length > 0; depth += 1) {
    level = level.flatMap((node) => [...node.childNodes].filter(isElement));
  }
  return level.length > 0;
};

/** Letters outside links: boilerplate is mostly links, content mostly is not. */
const proseLength = (root: DomElement): number => {
  const length = (text: string): number => text.replace(/\s+/gu, " ").trim().length;
  const all = htmlBlocks(root).reduce((sum, block) => sum + length(block.text), 0);
  const links = [...root.querySelectorAll("a")].reduce((sum, link) => sum + length(link.textContent ?? ""), 0);
  return Math.max(0, all - links);
};

const withTitle = (title: string, blocks: readonly Block[]): Block[] => {
  if (title === "" || blocks.length === 0) return [...blocks];
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
