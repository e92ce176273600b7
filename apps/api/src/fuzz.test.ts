import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { arbitraryOf, oddCharacter, spoiled } from "./testing/arbitrary.ts";
import { startApp } from "./testing/start-app.ts";
import { makeScene } from "./testing/scene.ts";

/** Of each kind, to each endpoint. */
const runs = 6;

test("whatever a request holds, the answer is none of our own faults and as the API describes it", async () => {
  const app = await startApp();
  const { owner, idOf, known } = await makeScene(app);
  const pool = { ids: known };
  // Built and tried before anything is sent: that takes a while, and idle connections are closed meanwhile.
  const requests = app.endpoints.map((endpoint) => {
    const { query, body, form } = endpoint;
    const arbitraryQuery = query ? arbitraryOf(query, pool) : fc.constant({});
    const arbitraryBody = body ? arbitraryOf(body, pool) : fc.constant(undefined);
    const arbitraryForm = form ? arbitraryOf(form, pool) : fc.constant(undefined);
    const request = fc.record({
      segment: fc.option(fc.oneof(fc.uuid(), fc.string({ minLength: 1, maxLength: 12, unit: oddCharacter })), {
        nil: undefined,
      }),
      query: fc.oneof(arbitraryQuery, spoiled(arbitraryQuery)),
      body: fc.oneof(arbitraryBody, spoiled(arbitraryBody)),
      form: fc.option(arbitraryForm, { nil: undefined }),
    });
    fc.sample(request, 1);
    return { endpoint, request };
  });

  for (const { endpoint, request } of requests) {
    const { method, path, operationId } = endpoint;
    const ask = async ({ segment, query, body, form }: Sent): Promise<void> => {
      // A document's event stream ends when the document does.
      if (operationId === "watchDocument" && segment === undefined) return;
      const address = path.replaceAll(/:(\w+)/g, (_, name: string) =>
        encodeURIComponent((segment ?? idOf(name)).toWellFormed()),
      );
      const sent = isWrite(method) ? (form === undefined ? body : toForm(form)) : undefined;
      const { status } = await owner(method.toUpperCase(), `${address}?${toQuery(query)}`, sent);
      expect(status, `${method} ${address}`).toBeLessThan(500);
    };
    await fc.assert(fc.asyncProperty(request, ask), { numRuns: runs });
  }
}, 240_000);

interface Sent {
  /** In place of every id in the address. */
  readonly segment: string | undefined;
  readonly query: unknown;
  readonly body: unknown;
  readonly form: unknown;
}

const isWrite = (method: string): boolean => method !== "get" && method !== "delete";

const textOf = (value: unknown): string => (typeof value === "string" ? value : (JSON.stringify(value) ?? ""));

const toQuery = (fields: unknown): string => {
  const pairs = Object.entries(Object(fields) as object).filter(([, value]) => value !== undefined);
  const query = new URLSearchParams();
  for (const [name, value] of pairs) query.append(name.toWellFormed(), textOf(value).toWellFormed());
  return query.toString();
};

const toForm = (fields: unknown): FormData => {
  const data = new FormData();
  data.set("file", new File(["текст"], "а.txt"));
  for (const [name, value] of Object.entries(Object(fields) as object)) data.append(name, textOf(value));
  return data;
};

test("the generator makes what schemas take", () => {
  const schema = z.strictObject({
    id: z.guid(),
    n: z.int().min(1).max(3),
    at: z.iso.datetime(),
    tags: z.array(z.enum(["a", "b"])),
  });
  fc.assert(
    fc.property(arbitraryOf(schema, { ids: [crypto.randomUUID()] }), (value) => schema.safeParse(value).success),
  );
});
