import { readFileSync } from "node:fs";
import type { SendGuarded } from "@gpt-agent/http/guarded-request";
import { departures, type Schema } from "./check-schema.ts";

/** What a provider says of its own API: names of queries, schemas of bodies and answers, by `METHOD /path`. */
interface Oracle {
  readonly requests: Readonly<
    Record<
      string,
      { readonly query?: readonly string[]; readonly body?: string; readonly form?: string; readonly answer?: string }
    >
  >;
  readonly schemas: Readonly<Record<string, Schema>>;
}

/**
 * Sends as `send` does and notes where a request or its answer departs from the fixture `name`. `seen` has an entry for each
 * request that the fixture knows and that was sent; `expected` is what it must be: every one of them, without a departure.
 */
export const watchRequests = (
  name: string,
  send: SendGuarded,
): {
  readonly send: SendGuarded;
  readonly seen: Record<string, string[]>;
  readonly expected: Record<string, string[]>;
} => {
  const oracle = JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), "utf8")) as Oracle;
  const seen: Record<string, string[]> = {};
  const check = (value: unknown, schema: string | undefined, path?: string): string[] =>
    schema === undefined ? [] : departures(value, { $ref: schema }, oracle.schemas, path);
  return {
    seen,
    expected: Object.fromEntries(Object.keys(oracle.requests).map((request) => [request, []])),
    send: async (request) => {
      const answer = await send(request);
      const url = new URL(request.url);
      const key = `${request.method} ${url.pathname}`;
      const known = oracle.requests[key];
      if (known === undefined) return answer;
      const sent = Buffer.from(request.body ?? "").toString();
      seen[key] = [
        ...(seen[key] ?? []),
        ...[...url.searchParams.keys()].filter((one) => known.query?.includes(one) !== true),
        ...(known.body === undefined ? [] : check(JSON.parse(sent), known.body)),
        ...(known.form === undefined ? [] : check(Object.fromEntries(new URLSearchParams(sent)), known.form)),
        ...(known.answer === undefined ? [] : check(JSON.parse(answer.body.toString()), known.answer, "answer")),
      ];
      return answer;
    },
  };
};
