import { PermanentError } from "@gpt-agent/jobs/errors";
import { expect, test } from "vitest";
import { failure, UnavailableError } from "./errors.ts";

const refused = (code: string, status: number) =>
  failure("storing", { message: "no", code, details: null, hint: null }, status);

test.each([
  ["AJ001", 400, "tenant_mismatch"],
  ["AJ002", 400, "stale_lease"],
  ["AJ003", 400, "superseded"],
  ["23505", 409, "conflict"],
  ["23514", 400, "database_refused"],
  ["22P02", 400, "database_refused"],
  ["PGRST202", 404, "database_refused"],
  ["42501", 403, "database_refused"],
])("%s with status %i is final: %s", (code, status, expected) => {
  const error = refused(code, status);
  expect(error).toBeInstanceOf(PermanentError);
  expect(error).toMatchObject({ code: expected });
});

test.each([
  ["", 0],
  ["40P01", 500],
  ["40001", 409],
  ["53300", 503],
  ["57014", 500],
  ["08006", 503],
  ["PGRST003", 504],
  ["", 429],
])("code %j with status %i is worth a retry", (code, status) => {
  expect(refused(code, status)).toBeInstanceOf(UnavailableError);
});

test("the message says what failed and what to do", () => {
  expect(refused("PGRST106", 406).message).toBe(
    "storing: no Expose the schema agent_jobs: Supabase dashboard, Settings, API, Exposed schemas. (PGRST106)",
  );
});
