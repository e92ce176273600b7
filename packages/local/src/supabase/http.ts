import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import { ApiError } from "./api-error.ts";

export interface HttpRequest {
  readonly method: string;
  /** Decoded by nobody yet: segments may hold `%2F`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string | Readable;
}

export const jsonType = "application/json; charset=utf-8";

export const jsonResponse = (status: number, body: unknown): HttpResponse => ({
  status,
  headers: { "content-type": jsonType },
  body: JSON.stringify(body),
});

export const header = (request: HttpRequest, name: string): string | undefined => {
  const found = request.headers[name];
  return Array.isArray(found) ? found.join(", ") : found;
};

/** @throws {ApiError} 413 beyond `maxBytes`, without reading the rest. */
export const readBody = async (request: HttpRequest, maxBytes: number): Promise<Buffer> => {
  const tooLarge = (): ApiError => new ApiError(413, "413", `The request body is larger than ${maxBytes} bytes`);
  if (Number(header(request, "content-length") ?? 0) > maxBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
};

/** @throws {ApiError} 400 where the escapes are no UTF-8. */
export const decodeSegments = (path: string): string[] => {
  try {
    return path.split("/").map(decodeURIComponent);
  } catch {
    throw new ApiError(400, "400", `The path ${path} is not valid percent-encoded UTF-8`);
  }
};
