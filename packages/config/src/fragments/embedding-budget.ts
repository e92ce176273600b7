import { fragment } from "../fragment.ts";
import { integer, withDefault } from "../variable.ts";

/** What the embedding provider allows one key, for one model. All instances together stay within it. */
export const embeddingBudgetEnv = fragment({
  variables: {
    requestsPerMinute: withDefault({
      name: "EMBEDDING_REQUESTS_PER_MINUTE",
      description: "Requests that all instances together send for one key and model within any minute.",
      form: "1 to 1000000",
      example: "3000",
      default: "3000",
      fix: "Write the provider's limit for your key as a whole number.",
      schema: integer(1, 1_000_000),
    }),
    tokensPerMinute: withDefault({
      name: "EMBEDDING_TOKENS_PER_MINUTE",
      description: "Tokens that all instances together send for one key and model within any minute.",
      form: "1000 to 1000000000",
      example: "5000000",
      default: "5000000",
      fix: "Write the provider's limit for your key as a whole number.",
      schema: integer(1_000, 1_000_000_000),
    }),
  },
  build: (budget) => budget,
});
