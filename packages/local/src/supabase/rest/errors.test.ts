import { describe, expect, test } from "vitest";
import { ApiError } from "../api-error.ts";
import type { HttpResponse } from "../http.ts";
import { errorResponse, statusOfState } from "./errors.ts";

const databaseError = (code: string, message: string, detail?: string): Error =>
  Object.assign(new Error(message), { code, ...(detail === undefined ? {} : { detail }) });

const textOf = ({ body }: HttpResponse): string => (typeof body === "string" ? body : "");

describe("errors", () => {
  test.each([
    ["23505", 409],
    ["23502", 400],
    ["08006", 503],
    ["53300", 503],
    ["53400", 500],
    ["40P01", 500],
    ["57014", 500],
    ["57P01", 503],
    ["P0001", 400],
    ["P0002", 500],
    ["AJ001", 400],
    ["PT418", 418],
    ["42P01", 404],
  ])("SQLSTATE %s is %d", (state, status) => {
    expect(statusOfState(state, false)).toBe(status);
  });

  test("missing rights: log in, or no", () => {
    expect(statusOfState("42501", true)).toBe(401);
    expect(statusOfState("42501", false)).toBe(403);
  });

  test("the database's words are passed on", () => {
    const response = errorResponse(databaseError("AJ001", "чужое", "подробность"), false);
    expect(response.status).toBe(400);
    expect(JSON.parse(textOf(response))).toEqual({
      code: "AJ001",
      message: "чужое",
      details: "подробность",
      hint: null,
    });
  });

  test("a token's impossible role is the caller's fault", () => {
    expect(errorResponse(databaseError("22023", 'role "x" does not exist'), false).status).toBe(401);
    expect(errorResponse(databaseError("42501", 'permission denied to set role "postgres"'), false).status).toBe(401);
  });

  test("the gateway's form has neither code nor details", () => {
    const response = errorResponse(new ApiError(401, "401", "Invalid API key", { hint: "h", bare: true }), true);
    expect(JSON.parse(textOf(response))).toEqual({ message: "Invalid API key", hint: "h" });
  });

  test("our own faults are 500 and say whose they are", () => {
    const response = errorResponse(new TypeError("x is undefined"), false);
    expect(response.status).toBe(500);
    expect(textOf(response)).toContain("local Supabase server");
  });
});
