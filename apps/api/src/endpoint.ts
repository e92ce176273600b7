import type { ErrorCode } from "@gpt-agent/jobs/error-codes";
import type { Log } from "@gpt-agent/jobs/handler";
import type { Scope } from "@gpt-agent/supabase/scopes";
import type { Request, Response } from "express";
import type { z } from "zod";
import type { UploadedFile } from "./uploads.ts";

/** What an endpoint knows about the call beyond its parsed input. */
export interface Call {
  /** From the key alone; nothing in a request can name another organisation. */
  readonly orgId: string;
  readonly log: Log;
  /** Aborts when the client goes away and when the process stops. */
  readonly signal: AbortSignal;
  readonly req: Request;
  /** For answers that are streamed; everything else is returned. */
  readonly res: Response;
}

export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The endpoint wrote its answer to `call.res` itself. */
export const streamed = Symbol("streamed");

/** A success as OpenAPI tells it. */
export interface Answer {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** Default `application/json`. */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * One operation of the API: the same schemas validate its requests and describe them in `/openapi.json`.
 * `body` is JSON; `form` are the fields beside the one `file` of a multipart upload. An endpoint may take either.
 */
export interface Endpoint<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Form extends z.ZodType = z.ZodType,
> {
  readonly method: "get" | "post" | "put" | "patch" | "delete";
  /** Express syntax: `/v1/documents/:documentId`. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tag: string;
  /** Default: the address' area, to read for GET and else to write. */
  readonly scope?: Scope;
  /** `own`: the row keeps the key, longer than the stored answers of other writes are kept. */
  readonly idempotency?: "own";
  readonly params?: Params;
  /** Optional request headers that the endpoint reads itself, with what they mean. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Query;
  readonly body?: Body;
  readonly form?: Form;
  readonly answers: Readonly<Record<number, Answer>>;
  /** Beyond what every endpoint can answer, see `errorsOf` in openapi.ts. */
  readonly errors?: readonly ErrorCode[];
  handle(input: Input<Params, Query, Body, Form>, call: Call): Promise<Reply | typeof streamed>;
}

export interface Input<
  Params extends z.ZodType,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Form extends z.ZodType,
> {
  readonly params: z.output<Params>;
  readonly query: z.output<Query>;
  readonly body: z.output<Body> | z.output<Form>;
  /** The uploaded file, in a temporary place that is gone once the call ends; only where `form` is declared. */
  readonly file: UploadedFile | undefined;
}

/** Infers the input of `handle` from the schemas. */
export const defineEndpoint = <
  Params extends z.ZodType = z.ZodNever,
  Query extends z.ZodType = z.ZodNever,
  Body extends z.ZodType = z.ZodNever,
  Form extends z.ZodType = z.ZodNever,
>(
  endpoint: Endpoint<Params, Query, Body, Form>,
): Endpoint => endpoint;
