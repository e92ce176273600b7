import { Lexer, type Token, type Tokens } from "marked";
import type { Block, ParsedFile } from "../block.ts";
import { htmlBlocks } from "./html-blocks.ts";
import { parseHtmlTree } from "./html-tree.ts";
import { markdownTable } from "./markdown-table.ts";
import { textOf } from "./xml-tree.ts";

/** CommonMark and GFM tables, with YAML front matter: its title is the first heading, the rest stays as text. */
export const parseMarkdown = (source: string): ParsedFile => {
  const text = source.replace(/^\ufeff/u, "").replace(/\r\n?/g, "\n");
  const frontMatter = /^---\n([\s\S]*?)\n(?:---|\.\.\.)(?:\n|$)/.exec(text);
  const body = lex(frontMatter === null ? text : text.slice(frontMatter[0].length));
  const blocks = body.flatMap(tokenBlocks);
  return {
    pageCount: null,
    blocks: frontMatter === null ? blocks : [...frontMatterBlocks(frontMatter[1] ?? ""), ...blocks],
  };
};

/** Longest paragraph whose emphasis and links are looked for: their search takes the square of its length. */
const longestInline = 20_000;

const lex = (text: string): Token[] => {
  const lexer = new Lexer();
  const tokens = lexer.blockTokens(text, []);
  // Blocks leave their inline parts in a queue, to be read once all link definitions are known.
  for (const { src, tokens: inner } of lexer.inlineQueue.splice(0)) {
    if (src.length <= longestInline) lexer.inlineTokens(src, inner);
    else inner.push({ type: "text", raw: src, text: src });
  }
  return tokens;
};

const frontMatterBlocks = (yaml: string): Block[] => {
  const title = /^title:[^\S\n]*(.+)$/m
    .exec(yaml)?.[1]
    ?.replace(/^(["'])(.*)\1\s*$/, "$2")
    .trim();
  const rest = yaml.replace(/^title:.*\n?/m, "").trim();
  return [
    ...(title === undefined || title === "" ? [] : [{ kind: "heading", text: title, level: 1 } as const]),
    ...(rest === "" ? [] : [{ kind: "text", text: rest } as const]),
  ];
};

const tokenBlocks = (token: Token): Block[] => {
  switch (token.type) {
    case "heading": {
      const { depth, tokens } = token as Tokens.Heading;
      return [{ kind: "heading", level: depth, text: plain(tokens) }];
    }
    case "paragraph":
    case "text":
      return textBlock(plain(inlineTokens(token)));
    case "code":
      return [{ kind: "code", text: (token as Tokens.Code).text }];
    case "list":
      return [{ kind: "list", text: listLines(token as Tokens.List, 0).join("\n") }];
    case "table": {
      const { header, rows } = token as Tokens.Table;
      const table = markdownTable([header, ...rows].map((row) => row.map((cell) => plain(cell.tokens))));
      return table === undefined ? [] : [table];
    }
    case "blockquote":
      return ((token as Tokens.Blockquote).tokens ?? []).flatMap(tokenBlocks);
    case "html":
      return htmlBlocks(parseHtmlTree((token as Tokens.HTML).text));
    default:
      // Rules, blank lines and link definitions carry no text.
      return [];
  }
};

const textBlock = (text: string): Block[] => (text.trim() === "" ? [] : [{ kind: "text", text }]);

const listLines = (list: Tokens.List, depth: number): string[] => {
  const indent = "  ".repeat(depth);
  return list.items.flatMap((item, index) => {
    const marker = list.ordered ? `${(list.start === "" ? 1 : list.start) + index}.` : "-";
    const box = item.task ? (item.checked === true ? "[x] " : "[ ] ") : "";
    const own: string[] = [];
    const nested: string[] = [];
    for (const token of item.tokens) {
      if (token.type === "list") nested.push(...listLines(token as Tokens.List, depth + 1));
      else if (token.type !== "checkbox") own.push(...tokenBlocks(token).map((block) => block.text));
    }
    const text = own.join("\n").replaceAll("\n", `\n${indent}  `);
    return [`${indent}${marker} ${box}${text}`.trimEnd(), ...nested];
  });
};

const inlineTokens = (token: Token): Token[] =>
  "tokens" in token && token.tokens !== undefined ? token.tokens : [token];

/** Inline Markdown as a reader sees it: no marks, links by their text, images by their description. */
const plain = (tokens: readonly Token[]): string => tokens.map(plainToken).join("").trim();

const plainToken = (token: Token): string => {
  switch (token.type) {
    case "br":
      return "\n";
    case "html":
      return /^<br\b/i.test(token.raw) ? "\n" : "";
    case "codespan":
    case "escape":
      return (token as Tokens.Codespan).text;
    case "image":
      return (token as Tokens.Image).text;
    default:
      if ("tokens" in token && token.tokens !== undefined) return token.tokens.map(plainToken).join("");
      return "text" in token && typeof token.text === "string" ? decodeEntities(token.text) : "";
  }
};

const decodeEntities = (text: string): string =>
  /&[a-z#]/i.test(text) ? textOf(parseHtmlTree(text.replaceAll("<", "&lt;"))) : text;
