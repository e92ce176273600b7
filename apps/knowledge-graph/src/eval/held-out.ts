import { resolveNames } from "../resolution/resolve.ts";
import { plantCompanies } from "./planted-companies.ts";
import { plantNames } from "./planted-names.ts";
import { InputError, warn } from "./read-input.ts";
import { scorePairs, tellScore } from "./score.ts";

/**
 * How resolution does on names that were made up for it, by kind. Prints the figures as JSON.
 * @throws {InputError}
 */
export const scoreHeldOut = async (seedText: string): Promise<void> => {
  const seed = Number(seedText);
  if (!Number.isSafeInteger(seed)) throw new InputError(`"${seedText}" is no seed: a whole number is wanted`);
  const names = [...plantNames(seed)];
  const sets = [
    ...Map.groupBy(names, ({ type }) => type),
    ["all kinds together", names] as const,
    ["3,000 companies", plantCompanies(3_000, seed)] as const,
  ];
  const scores = sets.map(([what, all]) => {
    const score = scorePairs(
      resolveNames(all),
      all.map(({ gold, type }) => `${type} ${gold}`),
    );
    warn(tellScore(`${what} (${all.length} names)`, score));
    return [what, score] as const;
  });
  process.stdout.write(`${JSON.stringify(Object.fromEntries(scores))}\n`);
};
