/** Counts cl100k tokens: what OpenAI's embedding models bill and limit by; others come close. */
export type CountTokens = (text: string) => number;

/** Merging a letter run costs its length squared, and a hostile file may be one run: count those by pieces. */
const longestRun = 200;

/** Loads the vocabulary (about 100 ms) on first use. */
export const loadTokenCounter = async (): Promise<CountTokens> => {
  const { countTokens } = await import("gpt-tokenizer/encoding/cl100k_base");
  // "<|endoftext|>" in somebody's document is text, not a command.
  const count = (text: string): number => countTokens(text, { disallowedSpecial: new Set() });
  const pieces = new RegExp(`(\\S{${longestRun}})(?=\\S)`, "u");
  return (text) =>
    hasLongRun(text) ? text.split(pieces).reduce((sum, part) => sum + (part === "" ? 0 : count(part)), 0) : count(text);
};

/** A loop, because a regular expression starts over at every letter and would cost as much as the counting. */
const hasLongRun = (text: string): boolean => {
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text.charCodeAt(at) <= 0x20) start = at + 1;
    else if (at - start >= longestRun) return true;
  }
  return false;
};
