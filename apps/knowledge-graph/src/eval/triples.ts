import { foldName } from "../relation-fault.ts";
import { type Triple, verifyTriples } from "../verify-triples.ts";
import { asArray, asRecord, asText, InputError, parseJson, readInput, warn } from "./read-input.ts";
import { scoreSets, tellScore } from "./score.ts";

interface Recorded {
  readonly sentence: string;
  readonly relations: readonly string[];
  readonly predicted: readonly unknown[];
  readonly gold: readonly Triple[] | undefined;
}

const asTriple = (value: unknown): Triple | undefined => {
  if (!Array.isArray(value) || value.length !== 3) return undefined;
  const [subject, predicate, object] = value.map(asText);
  return subject === undefined || predicate === undefined || object === undefined
    ? undefined
    : [subject, predicate, object];
};

const readRecorded = (value: unknown, what: string): Recorded => {
  const { sentence, relations, predicted, gold } = asRecord(value, what);
  if (typeof sentence !== "string") throw new InputError(`${what}: "sentence" must be a text`);
  return {
    sentence,
    relations: asArray(relations, `${what}: "relations"`).filter((label) => typeof label === "string"),
    predicted: predicted === undefined || predicted === null ? [] : asArray(predicted, `${what}: "predicted"`),
    gold: Array.isArray(gold) ? gold.map(asTriple).filter((triple) => triple !== undefined) : undefined,
  };
};

/** Lines of JSON, or one JSON array of what would be the lines. */
const linesOf = (text: string, file: string): { readonly what: string; readonly read: () => unknown }[] => {
  if (text.trimStart().startsWith("[")) {
    return asArray(parseJson(text, file), file).map((value, i) => ({ what: `item ${i}`, read: () => value }));
  }
  return text.split("\n").flatMap((line, i) => {
    const what = `line ${i + 1}`;
    return line.trim() === "" ? [] : [{ what, read: () => parseJson(line, what) }];
  });
};

const keysOf = (triples: readonly Triple[]): Set<string> => new Set(triples.map((one) => one.map(foldName).join("\n")));

/**
 * Prints for each line `{sentence, relations, predicted, gold?}` what of it is kept and rejected. A line that cannot be read is
 * answered by what is wrong with it, and makes the exit code 1.
 * @throws {InputError} where the file cannot be read
 */
export const checkTriples = async (file: string): Promise<void> => {
  const sets: { readonly raw: Set<string>; readonly kept: Set<string>; readonly gold: Set<string> }[] = [];
  for (const { what, read } of linesOf(await readInput(file), file)) {
    let recorded;
    try {
      recorded = readRecorded(read(), what);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      warn(error.message);
      process.stdout.write(`${JSON.stringify({ kept: [], rejected: [], error: error.message })}\n`);
      process.exitCode = 1;
      continue;
    }
    const readable = recorded.predicted.map(asTriple);
    const unreadable = recorded.predicted.flatMap((triple, i) =>
      readable[i] === undefined ? [{ triple, reason: "unreadable" as const }] : [],
    );
    const triples = readable.filter((triple) => triple !== undefined);
    const { kept, rejected } = verifyTriples(recorded.sentence, recorded.relations, triples);
    process.stdout.write(`${JSON.stringify({ kept, rejected: [...unreadable, ...rejected] })}\n`);
    if (recorded.gold) sets.push({ raw: keysOf(triples), kept: keysOf(kept), gold: keysOf(recorded.gold) });
  }
  if (sets.length === 0) return;
  warn(tellScore("as predicted", scoreSets(sets.map(({ raw, gold }) => [raw, gold]))));
  warn(tellScore("as kept", scoreSets(sets.map(({ kept, gold }) => [kept, gold]))));
  const right = sets.flatMap(({ raw, gold, kept }) => [...raw.intersection(gold)].map((key) => kept.has(key)));
  warn(`true triples lost: ${right.filter((isKept) => !isKept).length} of ${right.length}`);
};
