import type { Check } from "./check.ts";

export interface SupabaseTarget {
  readonly url: string;
  readonly serviceRoleKey: { reveal(): string };
}

interface Answer {
  readonly status: number;
  /** PostgREST's or Postgres' error code. */
  readonly code: string | undefined;
  readonly message: string | undefined;
}

const schema = "agent_jobs";
const bucket = "agent-jobs";
const timeoutMs = 10_000;

const exposeFix =
  `In the Supabase dashboard: Project Settings, Data API, Exposed schemas: add "${schema}" and save. ` +
  `On a server of your own: add it to PGRST_DB_SCHEMAS and restart PostgREST.`;

const text = (body: unknown, key: "code" | "message"): string | undefined => {
  const value: unknown = typeof body === "object" && body !== null ? Reflect.get(body, key) : undefined;
  return typeof value === "string" ? value : undefined;
};

const ask = async ({ url, serviceRoleKey }: SupabaseTarget, path: string): Promise<Answer> => {
  const key = serviceRoleKey.reveal();
  // A secret key (sb_secret_…) is no JWT and goes in `apikey` alone; the gateway exchanges it.
  const bearer = key.startsWith("sb_") ? {} : { authorization: `Bearer ${key}` };
  const response = await fetch(url + path, {
    headers: { apikey: key, ...bearer, "accept-profile": schema },
    signal: AbortSignal.timeout(timeoutMs),
  });
  const body: unknown = await response.json().catch(() => undefined);
  return { status: response.status, code: text(body, "code"), message: text(body, "message") };
};

const described = ({ status, code, message }: Answer): string =>
  [`HTTP ${status}`, code, message].filter(Boolean).join(", ");

const judgeSchema = (answer: Answer): Check => {
  const name = `schema ${schema}`;
  if (answer.status === 200) return { name, ok: true, found: "exposed and migrated" };
  if (answer.code === "PGRST106") return { name, ok: false, found: "not exposed through PostgREST", fix: exposeFix };
  // PostgREST does not know the table, or Postgres has no such schema or table.
  if (["PGRST205", "42P01", "3F000"].includes(answer.code ?? "")) {
    return {
      name,
      ok: false,
      found: "its tables are missing",
      fix: "Run `pnpm ops migrate` (or `supabase db push`), then try again.",
    };
  }
  if (answer.code === "42501") {
    return {
      name,
      ok: false,
      found: "the key may not read it",
      fix: "Run `pnpm ops migrate`, which grants the service role its rights.",
    };
  }
  return { name, ok: false, found: described(answer), fix: "Look at the project's API logs." };
};

/** Reachability, the key's rights, the exposed schema and the bucket, over plain HTTP as any client would. */
export const checkSupabase = async (target: SupabaseTarget): Promise<Check[]> => {
  let rows: Answer;
  try {
    rows = await ask(target, "/rest/v1/embedding_profiles?select=id&limit=1");
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : "";
    const found = `does not answer: ${cause || (error instanceof Error ? error.message : String(error))}`;
    return [{ name: "supabase", ok: false, found, fix: "Check SUPABASE_URL, and that the project is not paused." }];
  }
  const reached: Check = { name: "supabase", ok: true, found: "answers" };
  if (rows.status === 401 || (rows.status === 403 && rows.code !== "42501")) {
    const fix = "Copy the service_role or secret key of this very project.";
    return [reached, { name: "service-role key", ok: false, found: `refused (${described(rows)})`, fix }];
  }
  const key: Check = { name: "service-role key", ok: true, found: "accepted" };
  const stored = await ask(target, `/storage/v1/bucket/${bucket}`).catch((error: unknown) => ({
    status: 0,
    code: undefined,
    message: String(error),
  }));
  const storage: Check =
    stored.status === 200
      ? { name: `bucket ${bucket}`, ok: true, found: "exists" }
      : {
          name: `bucket ${bucket}`,
          ok: false,
          found: described(stored),
          fix: "Run `pnpm ops migrate`, which creates it.",
        };
  return [reached, key, judgeSchema(rows), storage];
};
