import { ApiError } from "../api-error.ts";
import type { DatabaseError } from "../executor.ts";
import { isDatabaseError } from "../executor.ts";
import type { HttpResponse } from "../http.ts";
import { jsonType } from "../http.ts";

/** Whole SQLSTATEs first, then classes; PostgREST's table, https://docs.postgrest.org/en/stable/references/errors.html */
const statusByState: Readonly<Record<string, number>> = {
  "23503": 409,
  "23505": 409,
  "25006": 405,
  "42883": 404,
  "42P01": 404,
  "42P17": 500,
  "53400": 500,
  "57P01": 503,
  P0001: 400,
};
const statusByClass: Readonly<Record<string, number>> = {
  "08": 503,
  "09": 500,
  "0L": 403,
  "0P": 403,
  "25": 500,
  "28": 403,
  "2D": 500,
  "38": 500,
  "39": 500,
  "3B": 500,
  "40": 500,
  "53": 503,
  "54": 500,
  "55": 500,
  "57": 500,
  "58": 500,
  F0: 500,
  HV: 500,
  P0: 500,
  XX: 500,
};

/** @param isAnonymous A caller without a session is told to log in (401), another that it may not (403). */
export const statusOfState = (state: string, isAnonymous: boolean): number => {
  if (state === "42501") return isAnonymous ? 401 : 403;
  const chosen = /^PT([1-5]\d\d)$/u.exec(state)?.[1];
  if (chosen !== undefined) return Number(chosen);
  return statusByState[state] ?? statusByClass[state.slice(0, 2)] ?? 400;
};

interface ErrorBody {
  readonly code: string;
  readonly details: unknown;
  readonly hint: string | null;
  readonly message: string;
}

/** `raise sqlstate 'PGRST'` chooses the whole response: JSON in its message and detail. */
const raisedResponse = ({ message, detail }: DatabaseError): HttpResponse | undefined => {
  try {
    const body = JSON.parse(message) as Partial<ErrorBody>;
    const { status, headers } = JSON.parse(detail ?? "{}") as { status?: number; headers?: Record<string, string> };
    const { code = "PGRST", details = null, hint = null } = body;
    return {
      status: status ?? 500,
      headers: { ...headers, "content-type": jsonType },
      body: JSON.stringify({ code, details, hint, message: body.message ?? "" }),
    };
  } catch {
    return undefined;
  }
};

const respond = (status: number, body: ErrorBody, headers: Readonly<Record<string, string>> = {}): HttpResponse => ({
  status,
  headers: { ...headers, "content-type": jsonType },
  body: JSON.stringify(body),
});

/** Any failure as PostgREST would tell it. */
export const errorResponse = (error: unknown, isAnonymous: boolean): HttpResponse => {
  if (error instanceof ApiError) {
    const { status, code, details, hint, message, headers } = error;
    if (error.bare)
      return { status, headers: { ...headers, "content-type": jsonType }, body: JSON.stringify({ message, hint }) };
    return respond(status, { code, details, hint, message }, headers);
  }
  if (isDatabaseError(error)) {
    const raised = error.code === "PGRST" ? raisedResponse(error) : undefined;
    if (raised !== undefined) return raised;
    // A token may name a role that does not exist, or that the API may not take on.
    const isRole = /^role ".*" does not exist$|^permission denied to set role/u.test(error.message);
    const status = isRole ? 401 : statusOfState(error.code, isAnonymous);
    return respond(status, {
      code: error.code,
      details: error.detail ?? null,
      hint: error.hint ?? null,
      message: error.message,
    });
  }
  const message = error instanceof Error ? error.message : String(error);
  return respond(500, {
    code: "PGRSTX00",
    details: null,
    hint: null,
    message: `The local Supabase server failed: ${message}`,
  });
};
