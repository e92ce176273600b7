import type { NewChunk } from "@gpt-agent/supabase/chunks";
import type { Contribution } from "@gpt-agent/supabase/graph";

const verbs = { поставляет: "supplies", владеет: "owns", подчиняется: "reports_to" } as const;
const statement = /(Компания[ -]\d+) (поставляет|владеет|подчиняется) (Компания[ -]\d+)\./gu;

/** Equal numbers for equal seeds: a linear congruential generator (Numerical Recipes), 0 … 1. */
const makeChance = (seed: number) => {
  let state = seed >>> 0;
  return (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
};

/** Few companies are in every text, and half of them go by two names: writers meet at them all the time. */
const plannedText = (seed: number, companies: number): string => {
  const chance = makeChance(seed * 7_919 + 1);
  for (let warm = 0; warm < 8; warm += 1) chance();
  const company = (): string => `Компания${chance() < 0.5 ? " " : "-"}${Math.floor(companies * chance() ** 2)}`;
  const words = Object.keys(verbs);
  return Array.from({ length: 4 }, () => {
    return `${company()} ${words[Math.floor(words.length * chance())]} ${company()}.`;
  }).join(" ");
};

export const plannedChunks = (seed: number, count: number, companies: number): NewChunk[] => {
  let charStart = 0;
  return Array.from({ length: count }, (_, ordinal) => {
    const content = plannedText(seed * 1_000 + ordinal, companies);
    const place = { ordinal, content, charStart, charEnd: charStart + content.length };
    charStart = place.charEnd;
    const source = { pageFrom: 1, pageTo: 1, sheet: null, rowFrom: null, rowTo: null };
    return {
      ...place,
      ...source,
      contextHeader: "",
      headingPath: [],
      kind: "text",
      tokenCount: 40,
      language: "russian",
    };
  });
};

/** What a passage says, read off its sentences. */
export const readPassage = (content: string): Contribution => {
  const mentions = [...content.matchAll(/Компания[ -]\d+/gu)].map(({ 0: surface, index }) => ({
    charStart: index,
    charEnd: index + surface.length,
    surface,
    confidence: 0.9,
  }));
  const entities = [...Map.groupBy(mentions, ({ surface }) => surface)].map(([name, mentions]) => ({
    ref: name,
    type: "organization",
    name,
    key: name.toLowerCase(),
    mentions,
  }));
  const relations = [...content.matchAll(statement)].map(
    ({ 0: quote, 1: source = "", 2: verb, 3: target = "", index }) => ({
      source,
      target,
      predicate: verbs[verb as keyof typeof verbs],
      quote,
      charStart: index,
      charEnd: index + quote.length,
      confidence: 0.7,
    }),
  );
  return { extractor: "planned-1", entities, relations, rejected: [] };
};
