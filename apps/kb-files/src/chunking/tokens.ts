/** Counts cl100k tokens: what OpenAI's embedding models bill and limit by; others come close. */
export type CountTokens = (text: string) => number;

/** Merging a letter run costs its length squared, and a hostile file may be one run: count those by pieces. */
const longestRun = 200;

/** Loads the vocabulary (about 100 ms) on first use. */
export const loadTokenCounter = async (): Promise<CountTokens> => {
  const { countTokens } = await import("gpt-tokenizer/encoding/cl100k_base");
  // "<|endoftext|>" in somebody's document is text, not a command.
  const count = (text: string): number => countTokens(text, { disallowedSpecial: new Set() });
  const run = new RegExp(`(\\S{${longestRun}})(?=\\S)`, "u");
  return (text) =>
    run.test(text) ? text.split(run).reduce((sum, part) => sum + (part === "" ? 0 : count(part)), 0) : count(text);
};
