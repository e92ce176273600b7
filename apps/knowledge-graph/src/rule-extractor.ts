import { makeRuleExtractor } from "@gpt-agent/ai/rules/extractor";
import type { Extractor } from "./ports.ts";

/** Reads by rules, in this process, without a network; what it finds is labelled "rules-1". */
export const makeLocalExtractor = (): Extractor => {
  const rules = makeRuleExtractor();
  return {
    key: rules.key,
    chunksPerCall: 16,
    extract: async (chunks, { signal }) => {
      const claims = [];
      for (const { content } of chunks) {
        signal.throwIfAborted();
        claims.push(rules.extract(content));
        // A chunk takes a few milliseconds of computing; in between, the worker must be able to renew its locks.
        await new Promise((resolve) => setImmediate(resolve));
      }
      return claims;
    },
  };
};
