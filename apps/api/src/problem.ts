import { type ErrorCode, errorCodes } from "@gpt-agent/jobs/error-codes";
import { PermanentError } from "@gpt-agent/jobs/errors";
import type { ErrorRequestHandler, Response } from "express";
import type { z } from "zod";

/** One thing wrong with a request: where (`body`, `query`, …), which field, what to do. */
export interface Issue {
  readonly in: "body" | "query" | "path" | "form";
  /** JSON pointer inside that part; "" is the part itself. */
  readonly pointer: string;
  readonly message: string;
}

interface ProblemOptions extends ErrorOptions {
  /** Wins over the code's usual status, for instance 415 for an `invalid_request`. */
  readonly status?: number;
  readonly issues?: readonly Issue[];
  readonly headers?: Readonly<Record<string, string>>;
}

const statusOf: Partial<Record<ErrorCode, number>> = {
  invalid_request: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  file_missing: 404,
  conflict: 409,
  endpoint_disabled: 409,
  superseded: 409,
  webhook_signature: 401,
  file_too_large: 413,
  webhook_too_large: 413,
  webhook_media_type: 415,
  rate_limited: 429,
  database_unavailable: 503,
  storage_unavailable: 503,
  queue_unavailable: 503,
};

/** What a client waits before it tries again when something of ours is away. */
const retryAfterSeconds = 5;

/** An answer other than success. The message is the `detail` that a person reads: what happened, to what, what to do. */
export class Problem extends Error {
  override name = "Problem";
  readonly code: ErrorCode;
  readonly status: number;
  readonly issues: readonly Issue[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ErrorCode, detail: string, options: ProblemOptions = {}) {
    super(detail, options);
    this.code = code;
    this.status = options.status ?? statusOf[code] ?? 500;
    this.issues = options.issues;
    this.headers = options.headers ?? {};
  }
}

/** Also the answer for another organisation's id: its existence is nobody else's business. */
export const notFound = (what: string): Problem =>
  new Problem("not_found", `No ${what} with this id belongs to your organisation.`);

/** @throws {Problem} `invalid_request` naming every field that does not fit. */
export const parse = <Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  part: Issue["in"],
): z.output<Schema> => {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path, message }) => ({ in: part, pointer: pointer(path), message }));
  const first = issues.map((issue) => `${issue.in}${issue.pointer}: ${issue.message}`).join("; ");
  throw new Problem("invalid_request", `The request does not fit the API's schema. ${first}`, { issues });
};

/** RFC 6901. */
const pointer = (path: readonly PropertyKey[]): string =>
  path.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");

/** What Express and its parsers throw for a request they cannot read; its message is meant for the client. */
const isUnreadable = (error: unknown): error is Error & { readonly status: number } =>
  error instanceof Error &&
  "status" in error &&
  typeof error.status === "number" &&
  error.status >= 400 &&
  error.status < 500 &&
  (error instanceof URIError || ("expose" in error && error.expose === true));

/** Postgres' class 22: a value that is of the right shape and still makes no sense, in a cursor for instance. */
const isDataException = ({ code, cause }: PermanentError): boolean =>
  code === "database_refused" &&
  typeof cause === "object" &&
  cause !== null &&
  "code" in cause &&
  String(cause.code).startsWith("22");

/**
 * Any thrown value as the problem to answer with. Sentences of the layers below were written for operators and may name
 * tables and hosts, so clients get the code's own sentence, except where it was written about their request.
 */
const toProblem = (error: unknown): Problem => {
  if (error instanceof Problem) return error;
  if (isUnreadable(error)) {
    const detail = `The request could not be read: ${error.message}.`;
    return new Problem("invalid_request", detail, { status: error.status, cause: error });
  }
  const code = codeOf(error);
  if (code === "tenant_mismatch") return notFound("row");
  if (code === "invalid_request" && error instanceof Error) return new Problem(code, error.message, { cause: error });
  if (error instanceof PermanentError && isDataException(error)) {
    return new Problem("invalid_request", "The database could not make sense of a value in the request.", {
      cause: error,
    });
  }
  if (code !== undefined && statusOf[code] !== undefined) {
    const headers: Record<string, string> = statusOf[code] === 503 ? { "retry-after": `${retryAfterSeconds}` } : {};
    return new Problem(code, errorCodes[code], { headers, cause: error });
  }
  const detail = "Something went wrong on our side. Try again; if it persists, report the request id.";
  return new Problem("internal_error", detail, { cause: error });
};

/** Errors of the packages below carry their code in a property. */
const codeOf = (error: unknown): ErrorCode | undefined => {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return undefined;
  return error.code in errorCodes ? (error.code as ErrorCode) : undefined;
};

/** RFC 9457 with the project's error code, the request id, and the issues of an invalid request. */
const sendProblem = (res: Response, problem: Problem): void => {
  res.status(problem.status).set(problem.headers).type("application/problem+json");
  res.json({
    type: `urn:gpt-agent:error:${problem.code}`,
    title: errorCodes[problem.code],
    status: problem.status,
    detail: problem.message,
    code: problem.code,
    requestId: res.locals.requestId,
    ...(problem.issues && { errors: problem.issues }),
  });
};

/** The last middleware. Once the answer has begun (an event stream), all that is left is to cut it off. */
export const problemHandler: ErrorRequestHandler = (error: unknown, _req, res, _next) => {
  const problem = toProblem(error);
  if (problem.status >= 500) res.locals.error = problem.cause ?? problem;
  res.locals.code = problem.code;
  if (res.headersSent) res.destroy();
  else sendProblem(res, problem);
};
