import { randomUUID } from "node:crypto";
import { PermanentError } from "@gpt-agent/jobs/errors";
import { z } from "zod";
import { lazyOpenRouter, type OpenRouterOptions, routing } from "./client.ts";
import { callOpenRouter } from "./errors.ts";

export interface JsonRequest {
  readonly system: string;
  /** Untrusted text belongs here, never in `system`. */
  readonly user: string;
  readonly schemaName: string;
  /** Every property required and no others allowed, as strict mode demands: use `z.strictObject`. */
  readonly schema: z.ZodType;
  readonly maxOutputTokens: number;
}

export interface JsonAnswer {
  /** As received. Not parsed here, so that a caller can store it before anything can fail. */
  readonly text: string;
  /** The output limit cut the answer off. */
  readonly truncated: boolean;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
  readonly requestId: string;
}

export interface ChatModel {
  readonly model: string;
  /**
   * Asks for JSON that fits a schema, at temperature 0. A model that does not know strict schemas is asked by a tool, then in words.
   * @throws {RetryLaterError} ai_rate_limited, after the provider's Retry-After.
   * @throws {PermanentError} ai_unauthorized, ai_payment_required, ai_bad_request.
   * @throws {Error} plain when the provider fails, cannot be reached, or answers without content.
   */
  completeJson(request: JsonRequest, signal: AbortSignal): Promise<JsonAnswer>;
}

/** Ways to ask for JSON, the strictest first; not every model behind OpenRouter knows them all. */
const ways = ["json_schema", "tool", "prompt"] as const;
type Way = (typeof ways)[number];

const plainSchema = (schema: z.ZodType): Readonly<Record<string, unknown>> => {
  const { $schema: _, ...jsonSchema } = z.toJSONSchema(schema);
  return jsonSchema;
};

/** What of the request depends on the way. */
const askFor = (way: Way, { system, user, schemaName, schema }: JsonRequest) => {
  const jsonSchema = plainSchema(schema);
  const messages = [
    { role: "system" as const, content: system },
    { role: "user" as const, content: user },
  ];
  switch (way) {
    case "json_schema":
      return {
        messages,
        response_format: {
          type: "json_schema" as const,
          json_schema: { name: schemaName, strict: true, schema: jsonSchema },
        },
      };
    case "tool":
      return {
        messages,
        tools: [{ type: "function" as const, function: { name: schemaName, strict: true, parameters: jsonSchema } }],
        tool_choice: { type: "function" as const, function: { name: schemaName } },
      };
    case "prompt": {
      const content = `${system}\n\nAnswer with one JSON object and nothing else. Its JSON schema:\n${JSON.stringify(jsonSchema)}`;
      return { messages: [{ role: "system" as const, content }, ...messages.slice(1)] };
    }
  }
};

/** The request is at fault, or the way it asks: another way may pass. A model without a provider for it answers 404. */
const mayNotKnowTheWay = (error: unknown): boolean =>
  error instanceof PermanentError &&
  error.code === "ai_bad_request" &&
  [400, 404, 422].includes(Number(error.detail?.["status"]));

/** Chat through OpenRouter. The first way that a model takes is the one it is asked in from then on. */
export const makeChatModel = (model: string, options: OpenRouterOptions): ChatModel => {
  const openrouter = lazyOpenRouter(options);
  let known = 0;

  const complete = async (way: Way, request: JsonRequest, signal: AbortSignal): Promise<JsonAnswer> => {
    const client = await openrouter();
    const body = {
      model,
      ...askFor(way, request),
      temperature: 0,
      max_tokens: request.maxOutputTokens,
      usage: { include: true },
      // Without this an upstream may silently ignore the schema.
      provider: { ...routing(options), require_parameters: way !== "prompt" },
    };
    const response = await callOpenRouter(model, signal, () => client.chat.completions.create(body, { signal }));
    const choice = response.choices?.[0];
    const [toolCall] = choice?.message?.tool_calls ?? [];
    const text = (toolCall?.type === "function" ? toolCall.function.arguments : undefined) ?? choice?.message?.content;
    if (!text) throw new Error(`${model} answered without content (finish reason ${choice?.finish_reason ?? "none"})`);
    const usage: (typeof response.usage & { readonly cost?: number }) | undefined = response.usage;
    return {
      text,
      truncated: choice?.finish_reason === "length",
      inputTokens: usage?.prompt_tokens ?? 0,
      outputTokens: usage?.completion_tokens ?? 0,
      costUsd: usage?.cost ?? 0,
      requestId: response.id ?? randomUUID(),
    };
  };

  return {
    model,
    completeJson: async (request, signal) => {
      let refused: unknown;
      for (const [place, way] of ways.entries()) {
        if (place < known) continue;
        try {
          const answer = await complete(way, request, signal);
          known = place;
          return answer;
        } catch (error) {
          if (!mayNotKnowTheWay(error)) throw error;
          // The first refusal says what is wrong if no way passes.
          refused ??= error;
        }
      }
      throw refused;
    },
  };
};
