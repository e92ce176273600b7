import type OpenAI from "openai";
import { PermanentError } from "@gpt-agent/jobs/errors";

export interface OpenRouterOptions {
  readonly openrouterApiKey?: { reveal(): string } | undefined;
  /** For loopback tests and gateways; default OpenRouter. */
  readonly baseUrl?: string | undefined;
  /** "allow" lets upstream providers keep and train on the texts; only where the organisation agreed. */
  readonly dataCollection?: "deny" | "allow" | undefined;
}

const defaultBaseUrl = "https://openrouter.ai/api/v1";
const requestTimeoutMs = 60_000;

/**
 * The SDK's client, made on first use: importing it costs 150 ms and 34 MB that a local installation never needs.
 * Retries are off, since the queue's backoff decides and the SDK ignores a Retry-After above a minute.
 */
export const lazyOpenRouter = (options: OpenRouterOptions): (() => Promise<OpenAI>) => {
  let client: Promise<OpenAI> | undefined;
  return () => {
    const { openrouterApiKey, baseUrl = defaultBaseUrl } = options;
    if (!openrouterApiKey) {
      throw new PermanentError("ai_unauthorized", "No OpenRouter key is configured. Set OPENROUTER_API_KEY and retry.");
    }
    client ??= import("openai").then(
      ({ default: Client }) =>
        new Client({
          apiKey: openrouterApiKey.reveal(),
          baseURL: baseUrl,
          maxRetries: 0,
          timeout: requestTimeoutMs,
          // Given explicitly so that OPENAI_* variables of the shell have no say.
          organization: null,
          project: null,
          logLevel: "off",
        }),
    );
    return client;
  };
};

/** Which upstream providers OpenRouter may choose from; goes beside the SDK's typed parameters. */
export const routing = ({ dataCollection = "deny" }: OpenRouterOptions) => ({ data_collection: dataCollection });
