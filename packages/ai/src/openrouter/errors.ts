import { PermanentError, RetryLaterError } from "@gpt-agent/jobs/errors";

/** What is known of a refusal, from an HTTP error or from the error body of a 200. */
export interface Refusal {
  readonly status: number;
  readonly headers?: Headers | undefined;
  /** `{ message, code, metadata }` */
  readonly body: unknown;
}

const defaultRetryMs = 10_000;
const longestRetryMs = 24 * 3_600_000;

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};

const secondsOrDate = (value: unknown): number | undefined => {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds) && String(value).trim() !== "") return seconds * 1_000;
  const date = Date.parse(String(value));
  return Number.isNaN(date) ? undefined : date - Date.now();
};

/**
 * How long the provider asks to wait, in ms, a day at most: the Retry-After header (seconds or a date), else what
 * OpenRouter passes on from the upstream in `metadata`. Undefined where neither says.
 */
const retryAfterMs = ({ headers, body }: Refusal): number | undefined => {
  const metadata = record(record(body)["metadata"]);
  const upstream = record(metadata["headers"]);
  const asked =
    secondsOrDate(headers?.get("retry-after") ?? undefined) ??
    secondsOrDate(metadata["retry_after_seconds"]) ??
    secondsOrDate(upstream["Retry-After"] ?? upstream["retry-after"]);
  return asked === undefined ? undefined : Math.min(Math.max(asked, 0), longestRetryMs);
};

/**
 * The error class decides the job's fate, so it is chosen here, at the edge.
 * A 403 about the text itself (moderation names its `reasons`) is a bad request: another text would pass.
 */
const refusalError = (refusal: Refusal, model: string, cause?: unknown): Error => {
  const { status, body } = refusal;
  const message = record(body)["message"];
  const said = typeof message === "string" ? message.slice(0, 300) : "no reason given";
  const options = { cause, detail: { status, model } };
  const moderated = Array.isArray(record(record(body)["metadata"])["reasons"]);
  if (status === 429) {
    const delayMs = retryAfterMs(refusal) ?? defaultRetryMs;
    return new RetryLaterError(delayMs, "ai_rate_limited", `OpenRouter asks to slow down (${model}): ${said}`, {
      cause,
    });
  }
  if (status === 401 || (status === 403 && !moderated)) {
    return new PermanentError(
      "ai_unauthorized",
      `OpenRouter refused the key for ${model}: ${said}. Check OPENROUTER_API_KEY, then retry.`,
      options,
    );
  }
  if (status === 402) {
    return new PermanentError(
      "ai_payment_required",
      `The OpenRouter account has no credit left: ${said}. Top it up, then retry.`,
      options,
    );
  }
  if ([400, 403, 404, 413, 422].includes(status)) {
    return new PermanentError(
      "ai_bad_request",
      `OpenRouter refused the request to ${model} (${status}): ${said}`,
      options,
    );
  }
  const delayMs = status === 503 ? retryAfterMs(refusal) : undefined;
  if (delayMs !== undefined) {
    return new RetryLaterError(delayMs, "ai_unavailable", `OpenRouter is away for a while (${model}): ${said}`, {
      cause,
    });
  }
  return new Error(`OpenRouter failed on ${model} (${status}): ${said}`, { cause });
};

/** True when the same key and model may accept other texts: the texts, not the configuration, were refused. */
export const isTextRefused = (error: unknown): boolean =>
  error instanceof PermanentError &&
  error.code === "ai_bad_request" &&
  [400, 403, 413, 422].includes(Number(error.detail?.["status"]));

/**
 * Runs one SDK call. HTTP errors are translated; an abort throws the signal's own reason; a 200 whose body is an
 * error, which OpenRouter sends when the upstream fails late, is treated as the status in that body.
 */
export const callOpenRouter = async <T extends object>(
  model: string,
  signal: AbortSignal,
  call: () => Promise<T>,
): Promise<T> => {
  const { APIError } = await import("openai");
  let response: T;
  try {
    response = await call();
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof APIError && error.status !== undefined) {
      throw refusalError({ status: error.status, headers: error.headers, body: error.error }, model, error);
    }
    throw new Error(`OpenRouter could not be reached (${model}): ${(error as Error).message}`, { cause: error });
  }
  const failure = record(response)["error"];
  if (failure !== undefined && failure !== null) {
    const code = Number(record(failure)["code"]);
    throw refusalError({ status: code >= 400 && code < 600 ? code : 502, body: failure }, model);
  }
  return response;
};
