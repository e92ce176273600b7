import iconv from "iconv-lite";
import type { Block, ParsedFile } from "../block.ts";
import { fileProblem } from "../problem.ts";
import { makeRtfBlocks, type RtfParagraph } from "./rtf-blocks.ts";
import { charsetEncoding, codePageEncoding } from "./rtf-encodings.ts";
import { rtfTokens } from "./rtf-tokens.ts";

/** Groups whose content is no text of the document. */
const skippedDestinations = new Set(
  (
    "colortbl filetbl listtable listoverridetable revtbl rsidtbl info pict object header headerl headerr headerf " +
    "footer footerl footerr footerf ftnsep ftnsepc ftncn aftnsep aftnsepc aftncn annotation atnid atnauthor fldinst " +
    "themedata colorschememapping datastore latentstyles xmlnstbl mmathPr generator pgdsctbl nonshppict shpinst " +
    "bkmkstart bkmkend tc xe template operator userprops"
  ).split(" "),
);
/** Optional destinations (`\*`) that hold text of the document all the same. */
const readDestinations = new Set(["footnote", "listtext", "pn", "shptxt"]);
const characters: Readonly<Record<string, string>> = {
  tab: "\t",
  line: "\n",
  emdash: "—",
  endash: "–",
  lquote: "‘",
  rquote: "’",
  ldblquote: "“",
  rdblquote: "”",
  bullet: "•",
  emspace: " ",
  enspace: " ",
  qmspace: " ",
};
const symbols: Readonly<Record<string, string>> = { "~": "\u00a0", _: "-", "-": "", "\r": "\n", "\n": "\n" };
const deepestGroup = 1_000;

type Destination = "text" | "skip" | "fonts" | "styles" | "marker" | "note";

interface State {
  readonly destination: Destination;
  /** Bytes after `\u` that only repeat the character for old programs. */
  readonly fallbackBytes: number;
  readonly font: number;
  readonly hidden: boolean;
  readonly paragraph: RtfParagraph;
}

/**
 * Rich Text Format: text in whatever code page its fonts and `\ansicpg` say, `\u` characters, headings by style or
 * outline level, list items, tables, footnotes after their paragraph. Pages are unknown.
 * @throws {PermanentError} file_corrupt
 */
export const parseRtf = async (bytes: Uint8Array, fileName: string): Promise<ParsedFile> => {
  const damaged = (why: string) => fileProblem("file_corrupt", fileName, `${why} Save it again and upload that.`);
  const fonts = new Map<number, string>();
  const headingStyles = new Map<number, number>();
  const output = makeRtfBlocks();
  let codePage = "windows-1252";
  let state: State = { destination: "text", fallbackBytes: 1, font: -1, hidden: false, paragraph: {} };
  const stack: State[] = [];
  let optional = false;
  let toSkip = 0;
  let pending: Buffer[] = [];
  let fontInTable = -1;
  let styleInTable:
    | { readonly number: number; readonly outline: number | undefined; readonly name: string }
    | undefined;

  const write = (text: string): void => {
    if (text === "" || state.hidden) return;
    if (state.destination === "styles" && styleInTable !== undefined) {
      styleInTable = { ...styleInTable, name: styleInTable.name + text };
    } else if (state.destination === "marker") output.marker(text);
    else if (state.destination === "text") output.text(text, headingOf(state.paragraph, headingStyles));
    else if (state.destination === "note") output.note(text);
  };
  const flush = (): void => {
    if (pending.length === 0) return;
    const joined = Buffer.concat(pending);
    pending = [];
    write(iconv.decode(joined, fonts.get(state.font) ?? codePage));
  };
  const endStyle = (): void => {
    if (styleInTable === undefined) return;
    const { number, outline, name } = styleInTable;
    const named = /^(?:heading|заголовок)\s+([1-9])/i.exec(name.trim())?.[1];
    const level = named !== undefined ? Number(named) : outline === undefined ? undefined : outline + 1;
    if (/^(title|название)\b/i.test(name.trim())) headingStyles.set(number, 0);
    else if (level !== undefined && level <= 9) headingStyles.set(number, level);
    styleInTable = undefined;
  };
  const onWord = (name: string, value: number | undefined): void => {
    if (name !== "u") flush();
    const starred = optional;
    optional = false;
    if (skippedDestinations.has(name) || (starred && !readDestinations.has(name) && state.destination !== "styles")) {
      state = { ...state, destination: "skip" };
      return;
    }
    if (state.destination === "skip") return;
    switch (name) {
      case "ansicpg":
        codePage = codePageEncoding(value) ?? codePage;
        break;
      case "mac":
        codePage = "macintosh";
        break;
      case "pc":
      case "pca":
        codePage = name === "pc" ? "cp437" : "cp850";
        break;
      case "fonttbl":
        state = { ...state, destination: "fonts" };
        break;
      case "stylesheet":
        state = { ...state, destination: "styles" };
        break;
      case "footnote":
        output.startNote();
        state = { ...state, destination: "note" };
        break;
      case "listtext":
      case "pntext":
        state = { ...state, destination: "marker" };
        break;
      case "f":
        if (state.destination === "fonts") fontInTable = value ?? -1;
        else state = { ...state, font: value ?? -1 };
        break;
      case "fcharset": {
        const encoding = charsetEncoding(value);
        if (state.destination === "fonts" && encoding !== undefined) fonts.set(fontInTable, encoding);
        break;
      }
      case "cpg": {
        const encoding = codePageEncoding(value);
        if (state.destination === "fonts" && encoding !== undefined) fonts.set(fontInTable, encoding);
        break;
      }
      case "s":
        if (state.destination === "styles") styleInTable = { number: value ?? 0, outline: undefined, name: "" };
        else state = { ...state, paragraph: { ...state.paragraph, style: value ?? 0 } };
        break;
      case "outlinelevel":
        if (styleInTable !== undefined) styleInTable = { ...styleInTable, outline: value };
        else if (value !== undefined) state = { ...state, paragraph: { ...state.paragraph, outline: value } };
        break;
      case "ls":
        state = { ...state, paragraph: { ...state.paragraph, listed: true } };
        break;
      case "ilvl":
        state = { ...state, paragraph: { ...state.paragraph, listLevel: value ?? 0 } };
        break;
      case "intbl":
        state = { ...state, paragraph: { ...state.paragraph, inTable: true } };
        break;
      case "pard":
        state = { ...state, paragraph: {} };
        break;
      case "plain":
        state = { ...state, font: -1, hidden: false };
        break;
      case "v":
      case "deleted":
        state = { ...state, hidden: value !== 0 };
        break;
      case "par":
      case "sect":
      case "page":
        if (state.destination === "text")
          output.endParagraph(state.paragraph, headingOf(state.paragraph, headingStyles));
        else if (state.destination === "note") output.note("\n");
        break;
      case "cell":
      case "nestcell":
        if (state.destination === "text") output.endCell();
        break;
      case "row":
      case "nestrow":
        if (state.destination === "text") output.endRow();
        break;
      case "uc":
        state = { ...state, fallbackBytes: Math.min(Math.max(value ?? 1, 0), 8) };
        break;
      case "u":
        flush();
        write(String.fromCharCode((value ?? 63) & 0xffff));
        toSkip = state.fallbackBytes;
        break;
      default:
        write(characters[name] ?? "");
    }
  };

  for (const token of rtfTokens(bytes)) {
    if (token.kind === "bytes") {
      const skipped = Math.min(toSkip, token.bytes.length);
      toSkip -= skipped;
      if (state.destination === "skip" || state.destination === "fonts") continue;
      // The name of a style ends with a semicolon.
      pending.push(token.bytes.subarray(skipped));
      if (state.destination === "styles" && !token.escaped && token.bytes.includes(";")) {
        flush();
        endStyle();
      }
      continue;
    }
    if (token.kind === "word") {
      if (token.name !== "u") toSkip = 0;
      onWord(token.name, token.value);
      continue;
    }
    toSkip = 0;
    flush();
    if (token.kind === "open") {
      if (stack.length >= deepestGroup) throw damaged("is nested too deeply to be read.");
      stack.push(state);
      optional = false;
    } else if (token.kind === "close") {
      if (state.destination === "styles") endStyle();
      state = stack.pop() ?? state;
      // What follows the last group is no part of the document.
      if (stack.length === 0) break;
    } else if (token.name === "*") optional = true;
    else if (state.destination !== "skip") write(symbols[token.name] ?? (/[\\{}]/.test(token.name) ? token.name : ""));
  }
  flush();
  if (stack.length > 0) throw damaged("is cut short: its last part is missing.");
  return { pageCount: null, blocks: underTitle(output.finish()) };
};

/** 0 for the title; undefined for body text. */
const headingOf = (paragraph: RtfParagraph, styles: ReadonlyMap<number, number>): number | undefined => {
  if (paragraph.inTable === true) return undefined;
  if (paragraph.outline !== undefined && paragraph.outline < 9) return paragraph.outline + 1;
  return paragraph.style === undefined ? undefined : styles.get(paragraph.style);
};

const underTitle = (blocks: readonly Block[]): Block[] => {
  const titled = blocks.some((block) => block.kind === "heading" && block.level === 0);
  return titled
    ? blocks.map((block) => (block.kind === "heading" ? { ...block, level: block.level + 1 } : block))
    : [...blocks];
};
