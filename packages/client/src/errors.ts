/** One thing wrong with a request. */
export interface ApiIssue {
  readonly in: "body" | "query" | "path" | "form";
  /** JSON pointer inside that part; "" is the part itself. */
  readonly pointer: string;
  readonly message: string;
}

interface Problem {
  readonly code?: string;
  readonly title?: string;
  readonly detail?: string;
  readonly requestId?: string | undefined;
  readonly errors?: readonly ApiIssue[];
}

/** An answer other than success: problem+json of RFC 9457, or what a proxy on the way said. */
export class ApiError extends Error {
  override name = "ApiError";
  readonly status: number;
  /** One of the codes of `docs/error-codes.md`; "unknown" where the answer names none. */
  readonly code: string;
  /** Finds the log line of the API. */
  readonly requestId: string | undefined;
  readonly issues: readonly ApiIssue[];

  constructor(status: number, { code = "unknown", title, detail, requestId, errors = [] }: Problem) {
    super(detail ?? title ?? `The API answered ${status}.`);
    this.status = status;
    this.code = code;
    this.requestId = requestId;
    this.issues = errors;
  }
}

export const toApiError = async (response: Response): Promise<ApiError> => {
  const text = await response.text().catch(() => "");
  let problem: Problem = { requestId: response.headers.get("x-request-id") ?? undefined };
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null) problem = { ...problem, ...parsed };
  } catch {
    // Not ours: a proxy's page.
  }
  return new ApiError(response.status, problem);
};
