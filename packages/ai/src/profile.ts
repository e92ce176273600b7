/**
 * How vectors are made, so that vectors of different origin are never compared. Stored as a row; a changed key or
 * price never changes a profile, a changed model, dimension or algorithm is a new one.
 */
export interface EmbeddingProfile {
  readonly provider: "openrouter" | "local";
  readonly model: string;
  readonly dimensions: number;
  /** Raised when the same model gives other vectors, for instance after a change of our own algorithm. */
  readonly version: number;
  readonly priceUsdPerMtok: number;
  /** Longest single text, in the model's tokens. */
  readonly maxInputTokens: number;
  readonly maxBatchInputs: number;
  /** Sum over the texts of one request. */
  readonly maxBatchTokens: number;
}

/** Hashed words and character n-grams: no network, no meaning beyond shared word stems. Always labelled as local. */
export const localProfile: EmbeddingProfile = {
  provider: "local",
  model: "local-hash-v1",
  dimensions: 512,
  version: 1,
  priceUsdPerMtok: 0,
  maxInputTokens: 100_000,
  maxBatchInputs: 96,
  maxBatchTokens: 400_000,
};

type ModelFacts = Pick<EmbeddingProfile, "dimensions" | "priceUsdPerMtok" | "maxInputTokens">;

// List prices; the ledger prefers the cost that the response states. Dimensions are the models' own, not shortened.
const openrouterModels: Readonly<Record<string, ModelFacts>> = {
  "openai/text-embedding-3-small": { dimensions: 1536, priceUsdPerMtok: 0.02, maxInputTokens: 8_192 },
  "openai/text-embedding-3-large": { dimensions: 3072, priceUsdPerMtok: 0.13, maxInputTokens: 8_192 },
  "openai/text-embedding-ada-002": { dimensions: 1536, priceUsdPerMtok: 0.1, maxInputTokens: 8_192 },
  "baai/bge-m3": { dimensions: 1024, priceUsdPerMtok: 0.01, maxInputTokens: 8_192 },
};

/**
 * @param model OpenRouter's name, `EMBEDDING_MODEL`.
 * @throws {RangeError} for a model whose dimensions are not known here: guessing would make unusable rows.
 */
export const openrouterProfile = (model: string): EmbeddingProfile => {
  const facts = openrouterModels[model];
  if (!facts) {
    const known = Object.keys(openrouterModels).join(", ");
    throw new RangeError(
      `EMBEDDING_MODEL "${model}" is not known. Use one of ${known}, or add it to packages/ai/src/profile.ts.`,
    );
  }
  return {
    provider: "openrouter",
    model,
    version: 1,
    ...facts,
    // OpenAI allows 2048 inputs and 300 000 tokens; one request here is also one write, kept to about a hundred rows
    // so that searches on the embedded database wait behind it for well under a second.
    maxBatchInputs: 96,
    maxBatchTokens: 100_000,
  };
};

/** All that can be chosen here. */
export const knownProfiles = (): readonly EmbeddingProfile[] => [
  ...Object.keys(openrouterModels).map(openrouterProfile),
  localProfile,
];
