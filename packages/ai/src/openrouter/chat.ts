import { randomUUID } from "node:crypto";
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
   * Asks for JSON that fits a schema, at temperature 0.
   * @throws {RetryLaterError} ai_rate_limited, after the provider's Retry-After.
   * @throws {PermanentError} ai_unauthorized, ai_payment_required, ai_bad_request.
   * @throws {Error} plain when the provider fails, cannot be reached, or answers without content.
   */
  completeJson(request: JsonRequest, signal: AbortSignal): Promise<JsonAnswer>;
}

/** Chat through OpenRouter with a strict JSON schema. */
export const makeChatModel = (model: string, options: OpenRouterOptions): ChatModel => {
  const openrouter = lazyOpenRouter(options);
  return {
    model,
    completeJson: async ({ system, user, schemaName, schema, maxOutputTokens }, signal) => {
      const client = await openrouter();
      const { $schema: _, ...jsonSchema } = z.toJSONSchema(schema);
      const body = {
        model,
        messages: [
          { role: "system" as const, content: system },
          { role: "user" as const, content: user },
        ],
        response_format: {
          type: "json_schema" as const,
          json_schema: { name: schemaName, strict: true, schema: jsonSchema },
        },
        temperature: 0,
        max_tokens: maxOutputTokens,
        usage: { include: true },
        // Without this an upstream may silently ignore the schema.
        provider: { ...routing(options), require_parameters: true },
      };
      const response = await callOpenRouter(model, signal, () => client.chat.completions.create(body, { signal }));
      const choice = response.choices?.[0];
      const text = choice?.message?.content;
      if (!text)
        throw new Error(`${model} answered without content (finish reason ${choice?.finish_reason ?? "none"})`);
      const usage: (typeof response.usage & { readonly cost?: number }) | undefined = response.usage;
      return {
        text,
        truncated: choice.finish_reason === "length",
        inputTokens: usage?.prompt_tokens ?? 0,
        outputTokens: usage?.completion_tokens ?? 0,
        costUsd: usage?.cost ?? 0,
        requestId: response.id ?? randomUUID(),
      };
    },
  };
};
