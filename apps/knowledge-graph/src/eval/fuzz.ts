import { companyOntology } from "@gpt-agent/ai/ontology/company-ontology";
import { makeOntologyRules } from "../ontology-rules.ts";
import type { Contribution } from "../ports.ts";
import { readAnswer } from "../read-answer.ts";
import { verifyClaims } from "../verify.ts";
import { type FuzzedAnswer, fuzzAnswers } from "./fuzzed-answers.ts";
import { InputError } from "./read-input.ts";

const rules = makeOntologyRules(companyOntology);

/** What of a fuzzed answer would be stored, chunk by chunk. Undefined: it is refused as a whole, and asked again. */
export const contributionsOf = ({ chunks, text }: FuzzedAnswer): readonly Contribution[] | undefined => {
  const read = readAnswer(text, chunks.length);
  return read?.claims.map((claims, i) => verifyClaims(chunks[i] ?? "", "fuzz", claims, rules));
};

/** What would be stored with words that do not stand in the chunk at their place, or between what is not there. */
export const forgeries = (content: string, { entities, relations }: Contribution): string[] => {
  const points = Array.from(content);
  const refs = new Set(entities.map(({ ref }) => ref));
  const isForged = (text: string, from: number, to: number): boolean =>
    text === "" || !Number.isSafeInteger(from) || from < 0 || points.slice(from, to).join("") !== text;
  const mentions = entities.flatMap((entity) => entity.mentions);
  return [
    ...mentions.filter((one) => isForged(one.surface, one.charStart, one.charEnd)).map((one) => one.surface),
    ...relations
      .filter(
        (one) => isForged(one.quote, one.charStart, one.charEnd) || !refs.has(one.source) || !refs.has(one.target),
      )
      .map((one) => one.quote),
  ];
};

export interface FuzzTally {
  readonly answers: number;
  readonly refused: number;
  readonly entities: number;
  readonly relations: number;
  readonly rejected: number;
  readonly forged: number;
  /** Read, with neither an item nor a reason for there being none, though the answer spoke of some. */
  readonly silentlyEmpty: number;
}

export const fuzz = (count: number, seed: number): FuzzTally => {
  const tally = { answers: 0, refused: 0, entities: 0, relations: 0, rejected: 0, forged: 0, silentlyEmpty: 0 };
  for (const answer of fuzzAnswers(count, seed)) {
    tally.answers += 1;
    const contributions = contributionsOf(answer);
    if (contributions === undefined) {
      tally.refused += 1;
      continue;
    }
    let items = 0;
    contributions.forEach((contribution, i) => {
      tally.entities += contribution.entities.length;
      tally.relations += contribution.relations.length;
      tally.rejected += contribution.rejected.length;
      tally.forged += forgeries(answer.chunks[i] ?? "", contribution).length;
      items += contribution.entities.length + contribution.rejected.length;
    });
    if (items === 0) tally.silentlyEmpty += 1;
  }
  return tally;
};

/** @throws {InputError} */
export const runFuzz = async (count: string, seed = "1"): Promise<void> => {
  const [answers, from] = [Number(count), Number(seed)];
  if (!Number.isSafeInteger(answers) || answers < 1) throw new InputError(`"${count}" is no number of answers`);
  const tally = fuzz(answers, from);
  process.stdout.write(`${JSON.stringify(tally)}\n`);
  if (tally.forged > 0 || tally.silentlyEmpty > 0) process.exitCode = 1;
};
