import type { ErrorCode } from "@gpt-agent/jobs/error-codes";
import { PermanentError } from "@gpt-agent/jobs/errors";

/** What PostgREST and Storage say about a refused request; each fills what it has. */
interface Refusal {
  readonly message: string;
  readonly code?: string | undefined;
  readonly details?: string | null | undefined;
  readonly hint?: string | null | undefined;
}

/** Raised by our own SQL functions, and what Postgres raises when a unique key is taken. */
const codes: Readonly<Record<string, ErrorCode>> = {
  AJ001: "tenant_mismatch",
  AJ002: "stale_lease",
  AJ003: "superseded",
  "23505": "conflict",
};

/** What a person can do about refusals that come from the installation rather than from the data. */
const advice: Readonly<Record<string, string>> = {
  PGRST002: "The database could not be reached when PostgREST started; it tries again by itself.",
  PGRST106: "Expose the schema agent_jobs: Supabase dashboard, Settings, API, Exposed schemas.",
  PGRST202: "Apply the migrations: pnpm ops migrate.",
  PGRST205: "Apply the migrations: pnpm ops migrate.",
  PGRST301: "Check SUPABASE_SERVICE_ROLE_KEY: it does not belong to this project.",
  "42501": "Check SUPABASE_SERVICE_ROLE_KEY: it must be the service role's.",
};

/** Connection, resources, operator intervention, and a deadlock or serialization failure: the same call may succeed. */
const transientClasses = new Set(["08", "40", "53", "57"]);

/** Worth a retry: the database or Storage gave no answer, or none that is about the data. */
export class UnavailableError extends Error {
  override name = "UnavailableError";
  readonly code: "database_unavailable" | "storage_unavailable";

  constructor(code: UnavailableError["code"], message: string, options: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * The one translation of the database's refusals. An UnavailableError is worth a retry; a PermanentError is not.
 * @param doing for the message: "storing chunks of document …"
 * @param status HTTP status; 0 where no answer came
 */
export const failure = (
  doing: string,
  error: Refusal,
  status: number,
  unavailable: UnavailableError["code"] = "database_unavailable",
): Error => {
  const { message, code = "" } = error;
  const known = codes[code];
  if (known) return new PermanentError(known, message, { cause: error });

  const explained = [`${doing}: ${message}`, error.details, advice[code] ?? error.hint].filter(Boolean).join(" ");
  const text = code ? `${explained} (${code})` : explained;
  const transient = status === 0 || status === 408 || status === 429 || status >= 500;
  if (transient || transientClasses.has(code.slice(0, 2))) {
    return new UnavailableError(unavailable, text, { cause: error });
  }
  return new PermanentError("database_refused", text, { cause: error });
};
