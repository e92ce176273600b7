import { caseStems } from "../names/case-stem.ts";
import { findMentions } from "./find-mentions.ts";
import { findRelations, type FoundRelation } from "./find-relations.ts";
import { findLiterals } from "./literals/find-literals.ts";
import type { Literal, LiteralType } from "./literals/literal.ts";
import type { EntityType, Mention } from "./mention.ts";
import { type Sentence, type Span, splitSentences } from "./sentences.ts";

/** Offsets are Unicode code points in the text, half-open; `surface` and `quote` are exactly those slices. */
export interface RuleExtraction {
  readonly entities: readonly {
    readonly ref: string;
    readonly type: EntityType | LiteralType;
    readonly name: string;
    readonly mentions: readonly {
      readonly charStart: number;
      readonly charEnd: number;
      readonly surface: string;
      readonly confidence: number;
    }[];
  }[];
  readonly relations: readonly {
    /** `ref` of an entity. */
    readonly source: string;
    readonly target: string;
    readonly predicate: string;
    readonly quote: string;
    readonly charStart: number;
    readonly charEnd: number;
    readonly confidence: number;
  }[];
}

export interface RuleExtractor {
  readonly key: "rules-1";
  extract(text: string): RuleExtraction;
}

const longestQuote = 400;

/** Code points before each UTF-16 position; the identity, and free, where the text holds no surrogates. */
const codePointOffsets = (text: string): ((unit: number) => number) => {
  if (!/[\uD800-\uDFFF]/.test(text)) return (unit) => unit;
  const before = new Uint32Array(text.length + 1);
  let points = 0;
  for (let unit = 0; unit < text.length; points++) {
    const width = (text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1;
    before.fill(points, unit, unit + width);
    unit += width;
  }
  before[text.length] = points;
  return (unit) => before[unit] ?? points;
};

const stemKey = (name: string): string => caseStems(name).join(" ");
const entityKey = ({ type, name }: Mention): string => `${type}:${stemKey(name)}`;

/** Relations tell the type of a name that the rules left open; every mention of that name in the text then has it. */
const withLearntTypes = (mentions: readonly Mention[], relations: readonly FoundRelation[]): Mention[] => {
  const learnt = new Map<string, EntityType>();
  for (const { type, name } of [...mentions, ...relations.flatMap(({ source, target }) => [source, target])]) {
    if (type !== "unknown" && !learnt.has(stemKey(name))) learnt.set(stemKey(name), type);
  }
  return mentions.map((mention) => {
    return mention.type === "unknown" ? { ...mention, type: learnt.get(stemKey(mention.name)) ?? "unknown" } : mention;
  });
};

const literalConfidence = 0.6;
const overlaps = (a: Span, b: Span): boolean => a.start < b.end && b.start < a.end;
const literalKey = ({ type, key }: Literal): string => `${type}:${key}`;

/** The whole sentence, or, where it is long, the part around both ends. */
const quoteSpan = ({ start, end }: Sentence, { source, target }: FoundRelation): { start: number; end: number } => {
  if (end - start <= longestQuote) return { start, end };
  return { start: Math.min(source.mask.start, target.mask.start), end: Math.max(source.mask.end, target.mask.end) };
};

/** A readable name for the entity: the nominative is seldom the longest of a name's forms, and never ends in -ью. */
const displayName = (mentions: readonly Mention[]): string => {
  const names = mentions.map(({ name }) =>
    name.replaceAll(/\s+/g, " ").replace(/(?<=[бвгджзклмнпрстфхцчшщ])ью$/u, "ь"),
  );
  return names.toSorted((a, b) => a.length - b.length)[0] ?? "";
};

/**
 * Entities and relations of Russian and English text by rules alone: no network, no model, the same answer each time.
 * It sees names with a clear mark (legal forms, given names, initials, a small gazetteer, quotation marks after
 * "компания"), values (e-mail addresses, sites, telephones, tax numbers, amounts, dates) and relations stated in one sentence in one
 * of some eighty ways. Confidence is at most 0.6, and what
 * comes of it is to be labelled "rules-1", never as a model's work.
 */
export const makeRuleExtractor = (): RuleExtractor => ({
  key: "rules-1",
  extract: (text) => {
    const points = codePointOffsets(text);
    const sentences = splitSentences(text).map((sentence) => ({ sentence, mentions: findMentions(text, sentence) }));
    const found = sentences.flatMap(({ sentence, mentions }) =>
      findRelations(text, sentence, mentions).map((relation) => ({ sentence, relation })),
    );
    const mentions = withLearntTypes(
      sentences.flatMap((one) => one.mentions),
      found.map(({ relation }) => relation),
    );
    const named = Map.groupBy(
      mentions.filter(({ type }) => type !== "unknown"),
      entityKey,
    );
    const refs = new Map(Array.from(named.keys(), (key, i) => [key, `e${i + 1}`]));
    const mentionAt = ({ start, end }: Span, confidence: number) => {
      return { charStart: points(start), charEnd: points(end), surface: text.slice(start, end), confidence };
    };
    const entities = Array.from(named, ([key, group]) => ({
      ref: refs.get(key) ?? key,
      type: group[0]?.type as EntityType,
      name: displayName(group),
      mentions: group.map((mention) => mentionAt(mention, mention.confidence)),
    }));
    // The date of a law belongs to the law's name.
    const literals = findLiterals(text).filter((literal) => !mentions.some(({ mask }) => overlaps(mask, literal)));
    const values = Array.from(Map.groupBy(literals, literalKey).values(), (group, i) => ({
      ref: `v${i + 1}`,
      type: group[0]?.type as LiteralType,
      name: text.slice(group[0]?.start, group[0]?.end).replaceAll(/\s+/g, " "),
      mentions: group.map((literal) => mentionAt(literal, literalConfidence)),
    }));
    const relations = found.flatMap(({ sentence, relation }) => {
      const source = refs.get(entityKey(relation.source));
      const target = refs.get(entityKey(relation.target));
      if (source === undefined || target === undefined || source === target) return [];
      const { start, end } = quoteSpan(sentence, relation);
      const quote = { quote: text.slice(start, end), charStart: points(start), charEnd: points(end) };
      return [{ source, target, predicate: relation.predicate, ...quote, confidence: relation.confidence }];
    });
    return { entities: [...entities, ...values], relations };
  },
});
