import { makeChatModel } from "@gpt-agent/ai/openrouter/chat";
import type { EnvOf } from "@gpt-agent/config/define-env";
import type { env } from "./env.ts";
import { makeModelExtractor } from "./model-extractor.ts";
import type { Answers, Extractor } from "./ports.ts";
import { makeLocalExtractor } from "./rule-extractor.ts";

/** A model where there is a key, else the labelled rules. */
export const connectExtractor = (ai: EnvOf<typeof env>["ai"], answers: Answers): Extractor =>
  ai.provider === "local" ? makeLocalExtractor() : makeModelExtractor(makeChatModel(ai.chatModel, ai), answers);
