import { describe, expect, test } from "vitest";
import { redactFields, redactText } from "./redact.ts";

describe("redactText", () => {
  test.each([
    ["a JWT", "key eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.c2lnbmF0dXJl ok", "key [redacted] ok"],
    ["an OpenRouter key", "sk-or-v1-0123456789abcdef0123", "[redacted]"],
    ["a Supabase secret", "sb_secret_0123456789abcdef", "[redacted]"],
    ["one of our keys", "gak_0123456789abcdefghij", "[redacted]"],
    ["a bearer header", "Authorization: Bearer abcdefgh12345", "Authorization: Bearer [redacted]"],
    ["a password in an address", "rediss://default:hunter2@host:6379", "rediss://default:[redacted]@host:6379"],
  ])("hides %s", (_, text, expected) => expect(redactText(text)).toBe(expected));

  test("leaves ordinary text alone", () => {
    const text = "Файл «отчёт.docx» at https://host:8080/path, 12:30, task-or-not";
    expect(redactText(text)).toBe(text);
  });
});

describe("redactFields", () => {
  const line = (fields: unknown): unknown => JSON.parse(JSON.stringify(fields, redactFields));

  test("hides values by the name of their key, at any depth", () => {
    expect(line({ a: { apiKey: "x", refresh_token: "y", password: { nested: "z" } } })).toEqual({
      a: { apiKey: "[redacted]", refresh_token: "[redacted]", password: "[redacted]" },
    });
  });

  test("keeps counts that merely sound like secrets", () => {
    expect(line({ tokens: 5, token: 7, documentId: "d" })).toEqual({ tokens: 5, token: 7, documentId: "d" });
  });

  test("shows an error with its code and causes", () => {
    const error = Object.assign(new Error("outer", { cause: new Error("inner") }), { code: "file_bomb" });
    expect(line({ error })).toMatchObject({
      error: { name: "Error", message: "outer", code: "file_bomb", cause: { message: "inner" } },
    });
  });
});
