import { readFile } from "node:fs/promises";
import { z } from "zod";
import { resolveNames } from "../resolution/resolve.ts";
import { foldName } from "../relation-fault.ts";
import { verifyTriples, type Triple } from "../verify-triples.ts";
import { scorePairs, scoreSets } from "./score.ts";

const usage = `Usage: pnpm --silent eval entity-resolution FILE   JSON array of {name, type, gold?} → JSON array of cluster numbers
       pnpm --silent eval triples FILE             JSON lines {sentence, relations, predicted, gold?} → a line each: {kept, rejected}
With gold in the input, precision, recall and F1 are told on stderr.`;

const namedThings = z.array(z.object({ name: z.string(), type: z.string(), gold: z.string().optional() }));

const triple = z.tuple([z.string(), z.string(), z.string()]);
const recordedAnswer = z.object({
  sentence: z.string(),
  relations: z.array(z.string()),
  /** As models answer: what is no triple of texts is rejected as unreadable. */
  predicted: z.array(z.unknown()),
  gold: z.array(triple).optional(),
});

const tell = (what: string, { precision, recall, f1 }: { precision: number; recall: number; f1: number }): void => {
  process.stderr.write(
    `${what}: precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}, F1 ${f1.toFixed(3)}\n`,
  );
};

const resolveEntities = (text: string): void => {
  const things = namedThings.parse(JSON.parse(text));
  const clusters = resolveNames(things);
  process.stdout.write(`${JSON.stringify(clusters)}\n`);
  const gold = things.flatMap((thing) => (thing.gold === undefined ? [] : [thing.gold]));
  if (gold.length === things.length && gold.length > 0) tell("pairs", scorePairs(clusters, gold));
};

const checkTriples = (text: string): void => {
  const keyOf = (one: readonly string[]): string => one.map(foldName).join("\n");
  const sets: { readonly raw: Set<string>; readonly kept: Set<string>; readonly gold: Set<string> }[] = [];
  for (const line of text.split("\n").filter((each) => each.trim() !== "")) {
    const { sentence, relations, predicted, gold } = recordedAnswer.parse(JSON.parse(line));
    const readable: Triple[] = [];
    const unreadable: { triple: unknown; reason: "unreadable" }[] = [];
    for (const item of predicted) {
      const parsed = triple.safeParse(item);
      if (parsed.success) readable.push(parsed.data);
      else unreadable.push({ triple: item, reason: "unreadable" });
    }
    const { kept, rejected } = verifyTriples(sentence, relations, readable);
    process.stdout.write(`${JSON.stringify({ kept, rejected: [...unreadable, ...rejected] })}\n`);
    if (gold) {
      sets.push({ raw: new Set(readable.map(keyOf)), kept: new Set(kept.map(keyOf)), gold: new Set(gold.map(keyOf)) });
    }
  }
  if (sets.length === 0) return;
  tell("as predicted", scoreSets(sets.map(({ raw, gold }) => [raw, gold])));
  tell("as kept", scoreSets(sets.map(({ kept, gold }) => [kept, gold])));
  const right = sets.flatMap(({ raw, gold, kept }) => [...raw.intersection(gold)].map((key) => kept.has(key)));
  const lost = right.filter((isKept) => !isKept).length;
  process.stderr.write(`true triples lost: ${lost} of ${right.length}\n`);
};

const [what, file] = process.argv.slice(2);
if (file === undefined || (what !== "entity-resolution" && what !== "triples")) {
  process.stderr.write(`${usage}\n`);
  process.exitCode = 2;
} else {
  const text = await readFile(file, "utf8");
  if (what === "triples") checkTriples(text);
  else resolveEntities(text);
}
