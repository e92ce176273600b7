import type { NewChunk } from "@gpt-agent/supabase/chunks";
import type { BodyKind } from "../block.ts";
import type { Assembled, Span } from "./assemble.ts";
import { makeCodePointIndex } from "./code-points.ts";
import type { Language } from "./language.ts";
import { packUnits } from "./pack.ts";
import { splitRange } from "./split.ts";
import { splitTable } from "./table.ts";
import type { CountTokens } from "./tokens.ts";

export interface ChunkOptions {
  readonly documentName: string;
  readonly language: Language;
  /** Of the content alone; a heading path comes on top. */
  readonly maxTokens: number;
  /** How much of the chunk before is repeated, within one section. 0 for none. */
  readonly overlapTokens: number;
  readonly countTokens: CountTokens;
}

/** A piece of a section that becomes one chunk, or part of one. Offsets are UTF-16 units. */
export interface Unit {
  readonly kind: BodyKind;
  readonly start: number;
  readonly end: number;
  /** Counted block by block: at most one a block above the exact count. */
  readonly tokens: number;
  readonly pageFrom: number | null;
  readonly pageTo: number | null;
  readonly sheet: string | null;
  readonly rowFrom: number | null;
  readonly rowTo: number | null;
  /** A table's own; see `Block`. */
  readonly rowNumbers?: readonly number[];
  /** A split table's header, where this piece does not hold it. */
  readonly tableHeader?: string;
}

interface Section {
  readonly headingPath: readonly string[];
  /** Headings that open the section: its own, and those above that had no text of their own. */
  readonly headings: readonly Span[];
  readonly body: readonly Span[];
}

/**
 * Chunks in document order. Each one's content is exactly its slice of the text, in code points; its context header is
 * "document › heading › heading" and, under it, the header of a table that was split before. No chunk crosses a heading, so an edit in one section leaves the others' chunks alone;
 * a section's heading opens its first chunk. Every character of the text but white space is in some chunk.
 */
export async function* chunkDocument(assembled: Assembled, options: ChunkOptions): AsyncGenerator<NewChunk> {
  const { text } = assembled;
  const codePoint = makeCodePointIndex(text);
  const headerTokens = memoize(options.countTokens);
  let ordinal = 0;
  for (const section of sections(assembled.spans)) {
    const breadcrumb = [options.documentName, ...section.headingPath].join(" › ");
    for (const unit of await sectionUnits(text, section, options)) {
      const content = text.slice(unit.start, unit.end);
      const contextHeader = unit.tableHeader === undefined ? breadcrumb : `${breadcrumb}\n${unit.tableHeader}`;
      yield {
        ordinal,
        content,
        contextHeader,
        headingPath: section.headingPath,
        pageFrom: unit.pageFrom,
        pageTo: unit.pageTo,
        sheet: unit.sheet,
        rowFrom: unit.rowFrom,
        rowTo: unit.rowTo,
        charStart: codePoint(unit.start),
        charEnd: codePoint(unit.end),
        kind: unit.kind,
        tokenCount: headerTokens(contextHeader) + unit.tokens + 1,
        language: options.language,
      };
      ordinal += 1;
    }
  }
}

function* sections(spans: readonly Span[]): Generator<Section> {
  let headings: Span[] = [];
  let body: Span[] = [];
  const section = (): Section => ({ headingPath: (body[0] ?? headings.at(-1))?.headingPath ?? [], headings, body });
  for (const span of spans) {
    if (span.kind !== "heading") {
      body.push(span);
      continue;
    }
    if (body.length > 0) {
      yield section();
      headings = [];
      body = [];
    }
    headings.push(span);
  }
  if (headings.length > 0 || body.length > 0) yield section();
}

/** Characters of a token that no table reaches on average. */
const longestToken = 16;

/** A section's chunks: tables stand alone, everything else is packed; what is too large is split first. */
const sectionUnits = async (text: string, section: Section, options: ChunkOptions): Promise<Unit[]> => {
  const { countTokens, overlapTokens } = options;
  const maxTokens = Math.max(8, options.maxTokens - overlapTokens);
  const isLongTable = ({ kind, start, end }: Span): boolean =>
    kind === "table" && end - start > longestToken * maxTokens;
  const toUnit = (span: Span): Unit => ({
    kind: span.kind === "heading" ? "text" : span.kind,
    start: span.start,
    end: span.end,
    // A table that is surely split is counted row by row, and not as a whole before.
    tokens: isLongTable(span) ? Infinity : countTokens(text.slice(span.start, span.end)),
    pageFrom: span.page,
    pageTo: span.page,
    sheet: span.sheet,
    rowFrom: span.rowFrom,
    rowTo: span.rowTo,
    ...(span.rowNumbers === undefined ? {} : { rowNumbers: span.rowNumbers }),
    ...(span.tableHeader === undefined ? {} : { tableHeader: span.tableHeader }),
  });
  const headings = section.headings.map(toUnit);
  const headingTokens = headings.reduce((sum, heading) => sum + heading.tokens + 1, 0);
  // A section's headings open its first chunk, unless they are much by themselves (a list of bare headings).
  const opens = headingTokens <= maxTokens / 4;
  const budget = opens ? maxTokens - headingTokens : maxTokens;
  const body = await bodyUnits(text, section.body.map(toUnit), budget, countTokens);
  const [opening] = headings;
  const [first, ...rest] = body;
  if (opening === undefined) return withOverlap(text, body, overlapTokens, countTokens);
  if (first !== undefined && opens) {
    const opened = { ...first, start: opening.start, tokens: headingTokens + first.tokens, pageFrom: opening.pageFrom };
    return withOverlap(text, [opened, ...rest], overlapTokens, countTokens);
  }
  const bare: Unit[] = [];
  for (const unit of packUnits(text, headings, maxTokens))
    bare.push(...(await splitUnit(text, unit, maxTokens, countTokens)));
  return withOverlap(text, [...bare, ...body], overlapTokens, countTokens);
};

const bodyUnits = async (
  text: string,
  units: readonly Unit[],
  budget: number,
  countTokens: CountTokens,
): Promise<Unit[]> => {
  const result: Unit[] = [];
  let waiting: Unit[] = [];
  const flush = (): void => {
    result.push(...packUnits(text, waiting, budget));
    waiting = [];
  };
  for (const unit of units) {
    if (unit.kind !== "table" && unit.tokens <= budget) {
      waiting.push(unit);
      continue;
    }
    flush();
    if (unit.tokens <= budget) result.push(unit);
    else if (unit.kind === "table") result.push(...(await splitTable(text, unit, budget, countTokens)));
    else result.push(...(await splitUnit(text, unit, budget, countTokens)));
  }
  flush();
  return result;
};

const splitUnit = async (text: string, unit: Unit, maxTokens: number, countTokens: CountTokens): Promise<Unit[]> => {
  if (unit.tokens <= maxTokens) return [unit];
  const ranges = await splitRange(text, unit, maxTokens, countTokens);
  return ranges.map((range) => ({ ...unit, ...range, tokens: countTokens(text.slice(range.start, range.end)) }));
};

/** Moves each start back over at most `overlapTokens` of the chunk before, to the beginning of a word. */
const withOverlap = (text: string, units: readonly Unit[], overlapTokens: number, countTokens: CountTokens): Unit[] => {
  if (overlapTokens <= 0) return [...units];
  return units.map((unit, index) => {
    const before = units[index - 1];
    if (before === undefined || unit.kind === "table" || before.kind === "table") return unit;
    const from = Math.max(before.start + 1, unit.start - overlapTokens * 12);
    const wordStarts = [...text.slice(from, unit.start).matchAll(/(?<=\s)\S/gu)].map((match) => from + match.index);
    const start = wordStarts.find((at) => countTokens(text.slice(at, unit.start)) <= overlapTokens);
    if (start === undefined) return unit;
    const tokens = unit.tokens + countTokens(text.slice(start, unit.start));
    return { ...unit, start, tokens, pageFrom: before.pageTo ?? unit.pageFrom };
  });
};

const memoize = (count: CountTokens): CountTokens => {
  const known = new Map<string, number>();
  return (text) => {
    const tokens = known.get(text) ?? count(text);
    known.set(text, tokens);
    return tokens;
  };
};
