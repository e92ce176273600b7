import type { CallOptions, WriteOperation, WriteResult } from "../provider.ts";
import { allResults, orUnclear } from "../transport/or-unclear.ts";
import { at, textOf } from "../transport/read-body.ts";
import type { Transport } from "../transport/transport.ts";
import { batch, type Command, type CommandAnswer, maxCommands } from "./api.ts";
import { build, hasMultifields, type Present } from "./commands.ts";
import { kindOfError } from "./dialect.ts";
import { readActivities, readItems } from "./read.ts";
import { isItemEntity } from "./records.ts";

/** Operations per call; each is one command of a batch, a task that is also completed two. */
export const maxBatch = 50;

interface Planned {
  readonly operation: WriteOperation;
  /** Places of its commands in the batch. */
  readonly from: number;
  readonly count: number;
}

/** Records that an update must know first: multi-value fields have ids, activities an owner and a deadline. */
const readPresent = async (
  transport: Transport,
  operations: readonly WriteOperation[],
  options: CallOptions,
): Promise<ReadonlyMap<string, Present>> => {
  const present = new Map<string, Present>();
  const entity = operations[0]?.entity;
  const needed = operations.flatMap((operation) =>
    operation.remoteId !== undefined && (entity === "task" || hasMultifields(operation)) ? [operation.remoteId] : [],
  );
  if (entity === undefined || needed.length === 0) return present;
  if (isItemEntity(entity)) {
    for (const item of await readItems(transport, entity, needed, options)) present.set(String(item.id), { item });
  } else if (entity === "task") {
    for (const activity of await readActivities(transport, needed, options)) {
      present.set(String(activity.ID), { activity });
    }
  }
  return present;
};

export const makeWrite =
  (transport: Transport) =>
  (operations: readonly WriteOperation[], options: CallOptions): Promise<readonly WriteResult[]> =>
    allResults("Bitrix24", operations, async (results) => {
      const present = await readPresent(transport, operations, options);
      let commands: Command[] = [];
      let planned: Planned[] = [];

      const flush = async (): Promise<void> => {
        if (commands.length === 0) return;
        const [sent, plan] = [commands, planned];
        [commands, planned] = [[], []];
        const lost = await orUnclear(
          plan.map(({ operation }) => operation),
          async () => {
            const answers = await batch(transport, sent, "write", options);
            for (const { operation, from, count } of plan) {
              results.set(operation, resultFor(operation, answers.slice(from, from + count)));
            }
            return [];
          },
        );
        for (const [index, result] of lost.entries()) {
          const operation = plan[index]?.operation;
          if (operation !== undefined) results.set(operation, result);
        }
      };

      for (const operation of operations) {
        if (commands.length + 2 > maxCommands) await flush();
        const built = build(operation, commands.length, present.get(operation.remoteId ?? "") ?? {});
        if ("refused" in built) {
          results.set(operation, { state: "refused", code: "crm_record_refused", message: built.refused });
        } else if (built.commands.length === 0) {
          const remoteId = operation.remoteId ?? "";
          results.set(operation, { state: "written", remoteId, updatedAtMs: undefined });
        } else {
          planned.push({ operation, from: commands.length, count: built.commands.length });
          commands.push(...built.commands);
        }
      }
      await flush();
    });

const resultFor = (operation: WriteOperation, answers: readonly CommandAnswer[]): WriteResult => {
  for (const { error } of answers) {
    if (error === undefined) continue;
    const kind = kindOfError(error.code, error.said);
    // Not stored, or not surely: it is looked for and comes again.
    if (kind === "rate_limited" || kind === "unavailable") return { state: "unclear", message: error.said };
    return { state: "refused", code: "crm_record_refused", message: error.said };
  }
  const result = answers[0]?.result;
  const made = at(result, "item", "id") ?? at(result, "id") ?? result;
  const remoteId =
    operation.remoteId ?? (typeof made === "number" || typeof made === "string" ? String(made) : undefined);
  if (remoteId === undefined || result === undefined) {
    return { state: "unclear", message: "Bitrix24 did not say what became of the record." };
  }
  const updatedAtMs = Date.parse(textOf(at(result, "item", "updatedTime")) ?? "");
  return { state: "written", remoteId, updatedAtMs: Number.isNaN(updatedAtMs) ? undefined : updatedAtMs };
};
