import { fragment } from "../fragment.ts";
import { hostReach } from "../private-host.ts";
import { oneOf, optional, parsedBy, refuse, secretText, withDefault } from "../variable.ts";
import type { Refusal } from "../variable.ts";

const model = parsedBy((text): string | Refusal =>
  /^[\w.~-]+\/[\w.:~-]+$/.test(text) ? text : refuse("is not a model's name."),
);

const baseUrl = parsedBy((text): string | Refusal => {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return refuse("is not an https URL.");
  if (url.username !== "" || url.password !== "" || url.search !== "") return refuse("holds more than an address.");
  if (url.protocol === "http:" && hostReach(url.hostname) !== "loopback") {
    return refuse("is http to another machine: the key would travel in the open.", "Write https://.");
  }
  return url.href.replace(/\/+$/, "");
});

export const aiEnv = fragment({
  variables: {
    openrouterApiKey: optional({
      name: "OPENROUTER_API_KEY",
      description:
        "Key for embeddings and chat at OpenRouter. Without it, development uses the local AI, labelled as such.",
      form: "the key; production needs it, or AI_PROVIDER=local",
      example: "",
      secret: true,
      fix: "Copy a key from OpenRouter's settings.",
      schema: secretText(),
    }),
    provider: optional({
      name: "AI_PROVIDER",
      description:
        "`local` needs no network and no key and understands far less; `openrouter` is what is used as soon as there is a key.",
      form: "`openrouter` or `local`",
      example: "openrouter",
      fix: "Write openrouter or local, or leave it out.",
      schema: oneOf(["openrouter", "local"]),
    }),
    embeddingModel: withDefault({
      name: "EMBEDDING_MODEL",
      description: "Model that new knowledge bases embed with; existing ones keep theirs until they are switched.",
      form: "a model's name at OpenRouter",
      example: "openai/text-embedding-3-small",
      default: "openai/text-embedding-3-small",
      fix: "Write a model's name, for instance openai/text-embedding-3-small.",
      schema: model,
    }),
    chatModel: withDefault({
      name: "CHAT_MODEL",
      description: "Model that extracts the knowledge graph; it must follow a strict JSON schema.",
      form: "a model's name at OpenRouter",
      example: "openai/gpt-4o-mini",
      default: "openai/gpt-4o-mini",
      fix: "Write a model's name, for instance openai/gpt-4o-mini.",
      schema: model,
    }),
    baseUrl: optional({
      name: "OPENROUTER_BASE_URL",
      description: "Another address that speaks OpenRouter's API: a proxy of yours, or a test's server on loopback.",
      form: "https URL; http only on loopback",
      example: "https://openrouter.ai/api/v1",
      fix: "Write an address such as https://openrouter.ai/api/v1, or leave it out.",
      schema: baseUrl,
    }),
  },
  check: ({ provider }, { production, isSet, refuse: report, warn }) => {
    // An unreadable AI_PROVIDER has its own problem; more would only confuse.
    if (isSet("OPENROUTER_API_KEY") || provider === "local" || (provider === undefined && isSet("AI_PROVIDER"))) return;
    if (provider === "openrouter") {
      report(
        "OPENROUTER_API_KEY",
        "is not set, and AI_PROVIDER is openrouter.",
        "Set the key, or write AI_PROVIDER=local.",
      );
    } else if (production) {
      report(
        "OPENROUTER_API_KEY",
        "is not set, and NODE_ENV is production.",
        "Set the key, or say AI_PROVIDER=local to accept the simple local AI.",
      );
    } else {
      warn("OPENROUTER_API_KEY", "is not set: the local AI answers, which is good for development only.");
    }
  },
  build: ({ provider, ...rest }) => ({
    ...rest,
    provider: provider ?? (rest.openrouterApiKey === undefined ? ("local" as const) : ("openrouter" as const)),
  }),
});
