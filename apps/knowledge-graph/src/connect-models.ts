import { makeChatModel } from "@gpt-agent/ai/openrouter/chat";
import type { EnvOf } from "@gpt-agent/config/define-env";
import type { env } from "./env.ts";
import { makeModelJudge } from "./judge.ts";
import { makeModelExtractor } from "./model-extractor.ts";
import type { Answers, Extractor, Judge, Judgements } from "./ports.ts";
import { makeLocalExtractor } from "./rule-extractor.ts";

/** A model that reads and judges where there is a key, else the labelled rules, and no judge. */
export const connectModels = (
  ai: EnvOf<typeof env>["ai"],
  { answers, judgements }: { readonly answers: Answers; readonly judgements: Judgements },
): { readonly extractor: Extractor; readonly judge?: Judge } => {
  if (ai.provider === "local") return { extractor: makeLocalExtractor() };
  const chat = makeChatModel(ai.chatModel, ai);
  return { extractor: makeModelExtractor(chat, answers), judge: makeModelJudge(chat, judgements) };
};
