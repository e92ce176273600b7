import type { CallOptions, WriteOperation, WriteResult } from "../provider.ts";
import type { ApiAnswer } from "../transport/api-call.ts";
import { tidySaid, WriteUnclearError } from "../transport/errors.ts";
import { allResults, orUnclear } from "../transport/or-unclear.ts";
import { at, textOf } from "../transport/read-body.ts";
import type { Transport } from "../transport/transport.ts";
import { noteId, parentOf, pathOf } from "./records.ts";
import { build, laterLinks, noteParent } from "./requests.ts";
import { listOf, validationErrorsSchema, writtenSchema } from "./schemas.ts";

/** More are taken, but the API's own SDK advises against it. */
export const maxBatch = 50;

interface Item {
  readonly operation: WriteOperation;
  readonly body: Readonly<Record<string, unknown>>;
}
type Results = Map<WriteOperation, WriteResult>;

/** One collection of the API: `leads`, `contacts/notes`. */
interface Collection {
  readonly path: string;
  /** Its name in `_embedded`. */
  readonly what: string;
}

const collectionOf = (operation: WriteOperation): Collection | undefined => {
  if (operation.entity === "note") {
    const parent = noteParent(operation)?.parent;
    return parent === undefined ? undefined : { path: `${parent}/notes`, what: "notes" };
  }
  const path = operation.entity in pathOf ? pathOf[operation.entity as keyof typeof pathOf] : undefined;
  return path === undefined ? undefined : { path, what: path };
};

/** Writes a batch; `fieldFor` names the custom field for external ids. */
export const makeWrite =
  (transport: Transport, fieldFor: (operation: WriteOperation, options: CallOptions) => Promise<string | undefined>) =>
  (operations: readonly WriteOperation[], options: CallOptions): Promise<readonly WriteResult[]> =>
    allResults("The CRM", operations, async (results) => {
      const requests = new Map<string, { method: "POST" | "PATCH"; collection: Collection; items: Item[] }>();
      for (const operation of operations) {
        const built = build(operation, await fieldFor(operation, options));
        const collection = collectionOf(operation);
        if ("refused" in built || collection === undefined) {
          const message = "refused" in built ? built.refused : "There is no place for such a record.";
          results.set(operation, { state: "refused", code: "crm_record_refused", message });
          continue;
        }
        const method = operation.remoteId === undefined ? "POST" : "PATCH";
        const key = `${method} ${collection.path}`;
        const request = requests.get(key) ?? { method, collection, items: [] };
        request.items.push({ operation, body: built.body });
        requests.set(key, request);
      }
      try {
        for (const { method, collection, items } of requests.values()) {
          await send(transport, method, collection, items, results, options);
        }
      } finally {
        // Those that were written get their links also where the rest was stopped.
        await link(transport, results, options);
      }
    });

/**
 * A batch with one bad record is refused whole. The answer usually names the bad ones by `request_id`: they are left out and
 * the rest is sent again. Where it names none, the batch is halved until the bad one is alone.
 */
const send = async (
  transport: Transport,
  method: "POST" | "PATCH",
  collection: Collection,
  items: readonly Item[],
  results: Results,
  options: CallOptions,
): Promise<void> => {
  if (items.length === 0) return;
  const operations = items.map(({ operation }) => operation);
  let answer: ApiAnswer | undefined;
  const lost = await orUnclear(operations, async () => {
    const json = items.map(({ body }, index) => ({ ...body, request_id: String(index) }));
    const path = `/api/v4/${collection.path}`;
    answer = await transport.call({ method, path, json, effect: "write", accept: [400, 404, 422] }, options);
    return [];
  });
  for (const [index, result] of lost.entries()) results.set(operations[index]!, result);
  if (answer === undefined) return;
  if (answer.status < 300) return store(answer, collection, items, results);

  const bad = refusedOf(answer, items.length);
  if (bad.size === 0 && items.length > 1) {
    const half = Math.ceil(items.length / 2);
    await send(transport, method, collection, items.slice(0, half), results, options);
    await send(transport, method, collection, items.slice(half), results, options);
    return;
  }
  const code = "crm_record_refused";
  if (bad.size === 0) {
    const said = textOf(at(answer.body, "detail")) ?? textOf(at(answer.body, "title")) ?? `status ${answer.status}`;
    results.set(operations[0]!, { state: "refused", code, message: tidySaid(said) });
    return;
  }
  for (const [index, message] of bad) results.set(operations[index]!, { state: "refused", code, message });
  const rest = items.filter((_, index) => !bad.has(index));
  await send(transport, method, collection, rest, results, options);
};

/** What was refused, by its place in the batch; empty where the answer does not say. */
const refusedOf = (answer: ApiAnswer, count: number): ReadonlyMap<number, string> => {
  const parsed = validationErrorsSchema.safeParse(at(answer.body, "validation-errors"));
  if (!parsed.success) return new Map();
  const named = parsed.data.map(({ request_id, errors }) => {
    const said = errors.map(({ code, path, detail }) => `${path ?? ""}: ${detail ?? code ?? "refused"}`).join("; ");
    return [Number(request_id), tidySaid(said)] as const;
  });
  return named.every(([index]) => Number.isInteger(index) && index >= 0 && index < count) ? new Map(named) : new Map();
};

/** A creation is known by its `request_id`, a change by its id: the answer to a PATCH need not repeat the former. */
const store = (answer: ApiAnswer, { what, path }: Collection, items: readonly Item[], results: Results): void => {
  const parsed = listOf(what, writtenSchema).safeParse(answer.body);
  for (const row of parsed.success ? parsed.data : []) {
    const place = row.request_id ?? "";
    const item = items.find(({ body }) => body["id"] === row.id) ?? items[/^\d+$/u.test(place) ? Number(place) : -1];
    if (item === undefined) continue;
    const parent = path === "leads/notes" ? "leads" : path === "contacts/notes" ? "contacts" : "companies";
    const remoteId = what === "notes" ? noteId(parent, row.id) : String(row.id);
    const updatedAtMs = row.updated_at ? row.updated_at * 1_000 : undefined;
    results.set(item.operation, { state: "written", remoteId, updatedAtMs });
  }
};

/** Linking again what is linked changes nothing, so a record whose links failed is `unclear`: found, then written again. */
const link = async (transport: Transport, results: Results, options: CallOptions): Promise<void> => {
  const written = [...results].flatMap(([operation, result]) =>
    result.state === "written" ? [{ operation, links: laterLinks(operation, result.remoteId) }] : [],
  );
  const linked = written.filter(({ links }) => links.length > 0);
  const path = linked[0] === undefined ? undefined : parentOf(linked[0].operation.entity);
  if (path === undefined) return;
  const json = linked.flatMap(({ links }) => links);
  try {
    await transport.call({ method: "POST", path: `/api/v4/${path}/link`, json, effect: "write" }, options);
  } catch (error) {
    const message = `Stored, but not linked: ${error instanceof WriteUnclearError ? "no answer" : tidySaid(String(error))}`;
    for (const { operation } of linked) results.set(operation, { state: "unclear", message });
  }
};
