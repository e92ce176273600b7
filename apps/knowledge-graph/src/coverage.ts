import { caseStems } from "@gpt-agent/ai/names/case-stem";
import { findMentions } from "@gpt-agent/ai/rules/find-mentions";
import { splitSentences } from "@gpt-agent/ai/rules/sentences";
import type { Claims } from "./claims.ts";

/** Of fewer names nothing can be said. */
const fewestNames = 4;
const poorShare = 0.6;
const mostNames = 20;

/** Names that stand in a text for everybody to see: capitals, legal forms, quotation marks. Each once. */
const visibleNames = (content: string): string[] => {
  const names = new Map<string, string>();
  for (const sentence of splitSentences(content)) {
    for (const { start, end } of findMentions(content, sentence)) {
      const surface = content.slice(start, end).replaceAll(/\s+/g, " ");
      const key = caseStems(surface).join(" ");
      if (!names.has(key)) names.set(key, surface);
    }
  }
  return [...names.values()];
};

/**
 * The names that claims about a text passed over, where they passed over so many that a second look pays: of at least four visible
 * names fewer than 60 % are claimed. Undefined: the claims are good enough.
 */
export const missedNames = (content: string, { entities }: Claims): readonly string[] | undefined => {
  const names = visibleNames(content);
  if (names.length < fewestNames) return undefined;
  const claimed = new Set(
    entities.flatMap(({ name, mentions }) => [name, ...mentions.map(({ surface }) => surface)]).flatMap(caseStems),
  );
  const missed = names.filter((name) => !caseStems(name).every((stem) => claimed.has(stem)));
  return names.length - missed.length < poorShare * names.length ? missed.slice(0, mostNames) : undefined;
};
