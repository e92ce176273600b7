import type { CallOptions, WriteOperation, WriteResult } from "../provider.ts";
import type { ApiAnswer } from "../transport/api-call.ts";
import { tidySaid, WriteUnclearError } from "../transport/errors.ts";
import { allResults, orUnclear } from "../transport/or-unclear.ts";
import { at, textOf } from "../transport/read-body.ts";
import type { Transport } from "../transport/transport.ts";
import { isObjectEntity, type ObjectEntity, objectTypes } from "./objects.ts";
import type { HubspotReading } from "./reading.ts";
import { changedAtMs } from "./records.ts";
import { buildProperties } from "./requests.ts";
import { batchSchema } from "./schemas.ts";

export const maxBatch = 100;
const code = "crm_record_refused";

interface Item {
  readonly operation: WriteOperation;
  readonly input: {
    readonly id: string;
    readonly idProperty?: string;
    readonly properties: Readonly<Record<string, string>>;
  };
}
type Results = Map<WriteOperation, WriteResult>;
type Verb = "upsert" | "update";

/**
 * Creates are upserts under our external id, so that the same again changes the record it made; changes go by HubSpot's own
 * id. https://developers.hubspot.com/docs/api-reference/crm-objects-v3/batch
 */
export const makeWrite =
  (
    transport: Transport,
    reading: HubspotReading,
    idPropertyOf: (entity: ObjectEntity, options: CallOptions) => Promise<string>,
  ) =>
  (operations: readonly WriteOperation[], options: CallOptions): Promise<readonly WriteResult[]> =>
    allResults("HubSpot", operations, async (results) => {
      const batches = new Map<string, { entity: ObjectEntity; verb: Verb; items: Item[] }>();
      for (const operation of operations) {
        const { entity, remoteId, externalId } = operation;
        if (!isObjectEntity(entity)) {
          results.set(operation, { state: "refused", code, message: `HubSpot takes no ${entity} from us.` });
          continue;
        }
        // Only a mapped custom field asks for its type.
        const mapped = Object.keys(operation.customFields).length > 0;
        const definitions = mapped ? await reading.definitions(entity, options) : [];
        const properties = buildProperties(entity, operation, definitions, Date.now());
        const verb: Verb = remoteId === undefined ? "upsert" : "update";
        const input =
          remoteId === undefined
            ? { id: externalId, idProperty: await idPropertyOf(entity, options), properties }
            : { id: remoteId, properties };
        const batch = batches.get(`${verb} ${entity}`) ?? { entity, verb, items: [] };
        batch.items.push({ operation, input });
        batches.set(`${verb} ${entity}`, batch);
      }
      try {
        for (const { entity, verb, items } of batches.values())
          await send(transport, entity, verb, items, results, options);
      } finally {
        // Those that were written get their links also where the rest was stopped.
        await link(transport, results, options);
      }
    });

const halves = <T>(items: readonly T[]): readonly (readonly T[])[] => {
  const half = Math.ceil(items.length / 2);
  return [items.slice(0, half), items.slice(half)];
};

/** A batch with a bad record is refused whole (400, 409) or in part (207); whole ones are halved until it is alone. */
const send = async (
  transport: Transport,
  entity: ObjectEntity,
  verb: Verb,
  items: readonly Item[],
  results: Results,
  options: CallOptions,
): Promise<void> => {
  if (items.length === 0) return;
  let answer: ApiAnswer | undefined;
  const operations = items.map(({ operation }) => operation);
  const lost = await orUnclear(operations, async () => {
    const path = `/crm/v3/objects/${objectTypes[entity].path}/batch/${verb}`;
    // The trace ids are what asks for 207 instead of all or nothing, and what tells which record is meant.
    const inputs = items.map(({ input }, place) => ({ ...input, objectWriteTraceId: String(place) }));
    answer = await transport.call(
      { method: "POST", path, json: { inputs }, effect: "write", accept: [400, 404, 409, 422] },
      options,
    );
    return [];
  });
  for (const [place, result] of lost.entries()) results.set(operations[place]!, result);
  if (answer === undefined) return;
  const open = answer.status < 300 ? store(entity, answer, items, results) : items;
  if (open.length === 0) return;
  if (open.length === 1) {
    const said = textOf(at(answer.body, "message")) ?? textOf(at(answer.body, "errors", 0, "message"));
    const message = tidySaid(said ?? `status ${answer.status}`);
    results.set(open[0]!.operation, { state: "refused", code, message });
    return;
  }
  for (const half of halves(open)) await send(transport, entity, verb, half, results, options);
};

/** Gives what was refused without being named: to be sent again in smaller parts, which upserts and updates allow. */
const store = (entity: ObjectEntity, answer: ApiAnswer, items: readonly Item[], results: Results): readonly Item[] => {
  const parsed = batchSchema.safeParse(answer.body);
  if (!parsed.success) return [];
  const byTrace = (trace: string | undefined): Item | undefined =>
    trace === undefined ? undefined : items[Number(trace)];
  const byId = (id: string | null | undefined): Item | undefined => items.find(({ input }) => input.id === id);
  for (const object of parsed.data.results) {
    const idProperty = items[0]?.input.idProperty;
    const own = idProperty === undefined ? object.id : object.properties[idProperty];
    const item = byTrace(object.objectWriteTraceId) ?? byId(own) ?? (items.length === 1 ? items[0] : undefined);
    if (item === undefined) continue;
    const updatedAtMs = changedAtMs(entity, object);
    results.set(item.operation, { state: "written", remoteId: object.id, updatedAtMs });
  }
  for (const { message, context = {} } of parsed.data.errors) {
    const named = [
      ...(context["objectWriteTraceId"] ?? []).map(byTrace),
      ...[...(context["ids"] ?? []), ...(context["id"] ?? [])].map(byId),
    ];
    for (const item of named) {
      if (item !== undefined) results.set(item.operation, { state: "refused", code, message: tidySaid(message) });
    }
  }
  const open = items.filter(({ operation }) => !results.has(operation));
  return parsed.data.errors.length === 0 ? [] : open;
};

/** Linking again what is linked changes nothing, so a record whose links failed is `unclear`: found, then written again. */
const link = async (transport: Transport, results: Results, options: CallOptions): Promise<void> => {
  const pairs = new Map<string, { from: { id: string }; to: { id: string }; operation: WriteOperation }[]>();
  for (const [operation, result] of results) {
    if (result.state !== "written" || !isObjectEntity(operation.entity)) continue;
    for (const other of operation.links ?? []) {
      if (!isObjectEntity(other.entity)) continue;
      const types = `${objectTypes[operation.entity].path}/${objectTypes[other.entity].path}`;
      const inputs = pairs.get(types) ?? [];
      inputs.push({ from: { id: result.remoteId }, to: { id: other.remoteId }, operation });
      pairs.set(types, inputs);
    }
  }
  for (const [types, inputs] of pairs) {
    const path = `/crm/v4/associations/${types}/batch/associate/default`;
    const json = { inputs: inputs.map(({ from, to }) => ({ from, to })) };
    try {
      await transport.call({ method: "POST", path, json, effect: "write" }, options);
    } catch (error) {
      const said = error instanceof WriteUnclearError ? "no answer" : tidySaid(String(error));
      for (const { operation } of inputs) {
        results.set(operation, { state: "unclear", message: `Stored, but not linked: ${said}` });
      }
    }
  }
};
