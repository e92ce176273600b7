import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { hashEmbedding } from "../local/hash-embedding.ts";

export interface FakeRequest {
  /** By performance.now(). */
  readonly atMs: number;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What the next request meets instead of an ordinary answer. */
export type Fault =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly body: unknown;
      readonly headers?: Record<string, string>;
    }
  /** Changes the good answer before it is sent. */
  | { readonly kind: "spoil"; readonly change: (answer: FakeEmbeddingAnswer) => unknown }
  /** Accepts the request and never answers. */
  | { readonly kind: "hang" }
  /** Cuts the connection. */
  | { readonly kind: "reset" };

export interface FakeEmbeddingAnswer {
  id: string;
  data: { object: "embedding"; index: number; embedding: string | number[] }[];
  usage: { prompt_tokens: number; total_tokens: number; cost?: number };
  [key: string]: unknown;
}

export interface FakeOpenRouterOptions {
  readonly apiKey?: string;
  readonly dimensions?: number;
  /** Texts refused with 400, like an input the model cannot take. */
  readonly refuses?: (text: string) => boolean;
  /** The content of a chat answer for the user message. */
  readonly chat?: (user: string) => string;
}

export interface FakeOpenRouter {
  readonly baseUrl: string;
  readonly requests: readonly FakeRequest[];
  /** One per request to come, in order. */
  readonly faults: Fault[];
  close(): Promise<void>;
}

const readBody = async (request: IncomingMessage): Promise<Record<string, unknown>> => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return JSON.parse(Buffer.concat(parts).toString("utf8")) as Record<string, unknown>;
};

const send = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void => {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
};

const refusal = (code: number, message: string) => ({ error: { code, message } });
const countTokens = (text: string): number => Math.ceil(text.length / 4);

/**
 * OpenRouter's embeddings and chat on loopback, for tests: authentication, base64 or float vectors, indexes, usage with
 * cost, refusals with OpenRouter's error bodies, and the faults a test asks for. Vectors are those of the local hash.
 */
export const startFakeOpenRouter = async (options: FakeOpenRouterOptions = {}): Promise<FakeOpenRouter> => {
  const { apiKey = "sk-or-test", dimensions = 1536, refuses = () => false, chat = () => "{}" } = options;
  const requests: FakeRequest[] = [];
  const faults: Fault[] = [];

  const embed = (body: Readonly<Record<string, unknown>>): FakeEmbeddingAnswer => {
    const texts = [body["input"]].flat() as string[];
    const encode = (vector: number[]): string | number[] =>
      body["encoding_format"] === "base64" ? Buffer.from(new Float32Array(vector).buffer).toString("base64") : vector;
    const data = texts.map((text, index) => {
      return { object: "embedding" as const, index, embedding: encode(hashEmbedding(text, dimensions)) };
    });
    const tokens = texts.reduce((sum, text) => sum + countTokens(text), 0);
    const usage = { prompt_tokens: tokens, total_tokens: tokens, cost: (tokens * 0.02) / 1_000_000 };
    return { id: `gen-emb-${requests.length}`, object: "list", model: body["model"], data, usage };
  };

  const complete = (body: Readonly<Record<string, unknown>>): unknown => {
    const messages = body["messages"] as { role: string; content: string }[];
    const content = chat(messages.find(({ role }) => role === "user")?.content ?? "");
    const prompt = messages.reduce((sum, message) => sum + countTokens(message.content), 0);
    return {
      id: `gen-chat-${requests.length}`,
      object: "chat.completion",
      created: 0,
      model: body["model"],
      choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content } }],
      usage: { prompt_tokens: prompt, completion_tokens: countTokens(content), cost: 0.0001 },
    };
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request);
    const path = request.url ?? "";
    requests.push({ atMs: performance.now(), path, authorization: request.headers.authorization, body });
    const fault = faults.shift();
    if (fault?.kind === "hang") return;
    if (fault?.kind === "reset") return void request.socket.destroy();
    if (fault?.kind === "answer") return send(response, fault.status, fault.body, fault.headers);
    if (request.headers.authorization !== `Bearer ${apiKey}`) {
      return send(response, 401, refusal(401, "No auth credentials found"));
    }
    if (path.endsWith("/chat/completions")) return send(response, 200, complete(body));
    if (!path.endsWith("/embeddings")) return send(response, 404, refusal(404, `no such route ${path}`));
    const texts = [body["input"]].flat() as string[];
    if (texts.some(refuses)) return send(response, 400, refusal(400, "input cannot be embedded"));
    const answer = embed(body);
    send(response, 200, fault?.kind === "spoil" ? fault.change(answer) : answer);
  };

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/api/v1`,
    requests,
    faults,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
