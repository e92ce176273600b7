import { type EntityType, entityTypes, type Mention } from "./mention.ts";
import { relationPatterns } from "./relation-patterns.ts";
import type { Sentence } from "./sentences.ts";

export interface FoundRelation {
  readonly source: Mention;
  readonly target: Mention;
  readonly predicate: string;
  readonly confidence: number;
}

// A mention is one token of the masked sentence: open, its type's letter, its number, close. The private use
// characters cannot be confused with text; a sentence that holds them is skipped.
const open = "\uE000";
const close = "\uE001";
const letters: ReadonlyMap<string, string> = new Map(
  [...entityTypes, "unknown"].map((type, i) => [type, String.fromCharCode(97 + i)]),
);
const gapWords = 6;
/** Room for registration numbers and "hereinafter referred to as": what contracts put beside a party's name. */
const asideLength = 200;
const clauseWords = "and|but|or|which|who|that|where|и|а|но|или|что|где|котор[а-я]*";

// Two capitalised sequences of unknown type make a fact only where the verb leaves no doubt what they are.
const betweenUnknown: ReadonlySet<string> = new Set(["acquired", "partner_of"]);

interface Slot {
  readonly types: readonly EntityType[];
}
interface CompiledPattern {
  readonly predicate: string;
  readonly pattern: RegExp;
  readonly source: Slot;
  readonly target: Slot;
}

const compile = ({ predicate, text }: { predicate: string; text: string }): CompiledPattern => {
  const slots: Record<string, Slot> = {};
  const withSlots = text.replaceAll(
    /\{(source|target)(\+?):([a-z|]+)\}/g,
    (_, role: string, many: string, names: string) => {
      const types = names.split("|") as EntityType[];
      slots[role] = { types };
      const token = `${open}[${types.map((type) => letters.get(type)).join("")}${letters.get("unknown")}]\\d+${close}`;
      return many ? `(?<${role}>${token}(?:(?:, ?|,? (?:and|и) )${token})*)` : `(?<${role}>${token})`;
    },
  );
  const withGaps = withSlots.replaceAll("~", `(?: (?!(?:${clauseWords}) )[^ ${open}${close},.;:|]+){0,${gapWords}}?`);
  const withAsides = withGaps.replaceAll(
    "…",
    `(?:(?!(?:в лице|represented by) )[^${open}${close};]|${open}${letters.get("unknown")}\\d+${close}){0,${asideLength}}?`,
  );
  const none: Slot = { types: [] };
  return {
    predicate,
    pattern: new RegExp(withAsides, "giu"),
    source: slots["source"] ?? none,
    target: slots["target"] ?? none,
  };
};
const patterns = relationPatterns.map(compile);

// What is denied, wished, planned, asked or over is no fact. Whole sentences are skipped: precision before recall.
const unstated = new RegExp(
  "(?<![\\p{L}])(?:" +
    "not|never|no longer|cannot|neither|nor|denied|denies|deny|rumou?r\\w*|alleged\\w*|would|could|might|may|should|if|whether|plans? to|intends? to|" +
    "considering|former|formerly|previously|used to|" +
    "не|ни|нет|никогда|бы|если|ли|может|могут|мог|возможно|вероятно|якобы|планиру[а-я]+|намерен[а-я]*|собира[а-я]+|опроверг[а-я]*|отрица[а-я]+|" +
    "бывш[а-я]+|ранее|прежн[а-я]+|хочет|хотят" +
    ")(?![\\p{L}])|n['’]t\\b|\\?\\s*$",
  "iu",
);

const mask = (text: string, sentence: Sentence, mentions: readonly Mention[]): string => {
  let masked = "";
  let from = sentence.start;
  mentions.forEach((mention, i) => {
    masked += `${text.slice(from, mention.mask.start)}${open}${letters.get(mention.type) ?? ""}${i}${close}`;
    from = mention.mask.end;
  });
  return `${masked}${text.slice(from, sentence.end)}`.replaceAll("ё", "е").replaceAll(/\s+/g, " ");
};

const isPlausible = (mention: Mention, { types }: Slot): boolean => {
  if (mention.type !== "unknown") return types.includes(mention.type);
  if (types[0] !== "person") return true;
  return /^\p{Lu}\p{L}+(?:[ \n]\p{Lu}\p{L}+){1,2}$/u.test(mention.name);
};

const typed = (mention: Mention, { types }: Slot): Mention =>
  mention.type === "unknown" ? { ...mention, type: types[0] ?? "unknown" } : mention;

/** A relation is no surer than its less sure end, and no surer than a pattern can be. */
const confidenceOf = (source: Mention, target: Mention): number => Math.min(0.55, source.confidence, target.confidence);

/**
 * Relations that the sentence states in so many words between its mentions. A mention of unknown type gets the
 * first type its place in the pattern allows.
 *
 * @param mentions those of this sentence, in its order, without overlaps.
 */
export const findRelations = (text: string, sentence: Sentence, mentions: readonly Mention[]): FoundRelation[] => {
  const words = text.slice(sentence.start, sentence.end);
  if (
    mentions.length < 2 ||
    sentence.isHeading ||
    words.includes(open) ||
    words.includes(close) ||
    unstated.test(words)
  )
    return [];
  const masked = mask(text, sentence, mentions);
  const found: FoundRelation[] = [];
  const isUnknown = ({ start }: Mention): boolean =>
    mentions.some((one) => one.start === start && one.type === "unknown");
  const inSlot = (group: string | undefined, slot: Slot): Mention[] =>
    Array.from(group?.matchAll(/\d+(?=\uE001)/g) ?? [], ([number]) => mentions[Number(number)])
      .filter((mention) => mention !== undefined)
      .filter((mention) => isPlausible(mention, slot))
      .map((mention) => typed(mention, slot));
  for (const { predicate, pattern, source: sourceSlot, target: targetSlot } of patterns) {
    for (const match of masked.matchAll(pattern)) {
      for (const source of inSlot(match.groups?.["source"], sourceSlot)) {
        for (const target of inSlot(match.groups?.["target"], targetSlot)) {
          const isKnown = found.some(
            (one) =>
              one.predicate === predicate && one.source.start === source.start && one.target.start === target.start,
          );
          const isGuess = isUnknown(source) && isUnknown(target) && !betweenUnknown.has(predicate);
          if (!isKnown && !isGuess && source.name !== target.name)
            found.push({ source, target, predicate, confidence: confidenceOf(source, target) });
        }
      }
    }
  }
  return found;
};
