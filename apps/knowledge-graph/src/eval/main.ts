import { resolveEntities } from "./entity-resolution.ts";
import { runFuzz } from "./fuzz.ts";
import { scoreHeldOut } from "./held-out.ts";
import { InputError, warn } from "./read-input.ts";
import { checkTriples } from "./triples.ts";

const usage = `Usage: pnpm --silent eval entity-resolution FILE   JSON array of {name, type, ids?, gold?} → JSON array of cluster numbers
       pnpm --silent eval triples FILE             JSON lines {sentence, relations, predicted, gold?} → a line each: {kept, rejected}
       pnpm --silent eval fuzz COUNT [SEED]        so many fuzzed model answers → what would be stored, and how much of it is forged
       pnpm --silent eval held-out SEED            pairwise figures on names made up for it: people, organisations, products, places
FILE "-" is standard input. With gold in the input, precision, recall and F1 are told on stderr.`;

const commands: Readonly<Record<string, (argument: string, more?: string) => Promise<void>>> = {
  "entity-resolution": resolveEntities,
  triples: checkTriples,
  fuzz: runFuzz,
  "held-out": scoreHeldOut,
};

const [name = "", argument, more] = process.argv.slice(2);
const command = commands[name];
if (command === undefined || argument === undefined) {
  warn(usage);
  process.exitCode = 2;
} else {
  try {
    await command(argument, more);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    warn(error.message);
    process.exitCode = 2;
  }
}
