import { findLiterals } from "@gpt-agent/ai/rules/literals/find-literals";
import type { NameFacts } from "./name-facts.ts";
import { fold, stemOf, wordsOf } from "./words.ts";

const facts = (key: string): NameFacts => ({ keys: [key], shortFor: [], offers: [], spelling: key });

/** An event's words change places with its year: "FIFA World Cup 2022", "2022 FIFA World Cup". */
export const eventFacts = (name: string): NameFacts => facts(wordsOf(fold(name)).map(stemOf).toSorted().join(" "));

/** A value is what it says: one digit or letter more is another. */
export const valueFacts = (name: string): NameFacts => {
  const text = name.normalize("NFKC").toLowerCase().trim();
  return { keys: [findLiterals(name)[0]?.key ?? text], shortFor: [], offers: [] };
};

export const otherFacts = (name: string): NameFacts => facts(wordsOf(fold(name)).map(stemOf).join(" "));
