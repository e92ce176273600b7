import { plainText } from "../plain-text.ts";
import type { Author } from "../record-store.ts";
import type { SandboxAnswer, SandboxRequest } from "../sandbox-server.ts";
import { jsonOf } from "../sandbox-server.ts";
import { iso, ok, refusal } from "./answers.ts";
import type { HubspotContext, Json } from "./objects.ts";
import { findObject, modelOf, record, rows } from "./objects.ts";
import type { ObjectType } from "./portal.ts";
import type { Written } from "./writes.ts";
import { createError, createObject, updateError, updateObject, upsertError, upsertObject } from "./writes.ts";

const maxInputs = 100;

const envelope = (
  context: HubspotContext,
  results: readonly Json[],
  errors: readonly Json[],
  status: number,
): SandboxAnswer => {
  const at = iso(context.clock());
  return ok(
    {
      status: "COMPLETE",
      results,
      ...(errors.length === 0 ? {} : { numErrors: errors.length, errors }),
      startedAt: at,
      completedAt: at,
    },
    errors.length === 0 ? status : 207,
  );
};

/** Ids that are not there are told in one error, the rest is answered: 207. */
const readBatch = (type: ObjectType, context: HubspotContext, body: Json): SandboxAnswer => {
  const idProperty = body["idProperty"] === undefined ? undefined : plainText(body["idProperty"]);
  const properties = Array.isArray(body["properties"]) ? body["properties"].map((name) => plainText(name)) : [];
  const found: Json[] = [];
  const missing: string[] = [];
  for (const input of rows(body["inputs"])) {
    const id = plainText(input["id"]);
    const stored = findObject(context, type, id, idProperty);
    if (stored === undefined) missing.push(id);
    else found.push(modelOf(stored, type, context, properties));
  }
  const errors =
    missing.length === 0
      ? []
      : [
          {
            status: "error",
            category: "OBJECT_NOT_FOUND",
            message: `Could not get some ${type.name.toUpperCase()} objects, they may be deleted or not exist. Check that ids are valid.`,
            context: { ids: missing },
          },
        ];
  return envelope(context, found, errors, 200);
};

/**
 * With an `objectWriteTraceId` for every input each has its own fate, told by that id in a 207; without them one bad
 * input refuses all.
 */
const writeBatch = (
  type: ObjectType,
  context: HubspotContext,
  body: Json,
  write: (input: Json) => Written,
  dryRun: (input: Json) => Written["error"],
  { status, tellsNew = false }: { readonly status: number; readonly tellsNew?: boolean },
): SandboxAnswer => {
  const inputs = rows(body["inputs"]);
  const traces = inputs.map((input) =>
    input["objectWriteTraceId"] === undefined ? undefined : plainText(input["objectWriteTraceId"]),
  );
  const multiStatus = traces.every((trace) => trace !== undefined) && new Set(traces).size === traces.length;
  if (!multiStatus) {
    for (const input of inputs) {
      const error = dryRun(input);
      if (error !== undefined) return refusal(error.status, error.category, error.message);
    }
  }
  const results: Json[] = [];
  const errors: Json[] = [];
  for (const [index, input] of inputs.entries()) {
    const written = write(input);
    if (written.stored === undefined) {
      const { category = "VALIDATION_ERROR", message = "" } = written.error ?? {};
      errors.push({ status: "error", category, message, context: { objectWriteTraceId: [traces[index] ?? ""] } });
      continue;
    }
    results.push({
      ...modelOf(written.stored, type, context, Object.keys(written.stored.data)),
      ...(traces[index] === undefined ? {} : { objectWriteTraceId: traces[index] }),
      ...(tellsNew ? { new: written.isNew === true } : {}),
    });
  }
  // Nothing says that results keep the order of the inputs.
  return envelope(context, results.toReversed(), errors, status);
};

/** `POST /crm/v3/objects/{type}/batch/{read|create|update|upsert|archive}`, at most 100 inputs. */
export const runBatch = (
  request: SandboxRequest,
  type: ObjectType,
  verb: string,
  context: HubspotContext,
  by: Author,
): SandboxAnswer => {
  const body = record(jsonOf(request));
  const inputs = rows(body["inputs"]);
  if (inputs.length > maxInputs) {
    return refusal(
      400,
      "VALIDATION_ERROR",
      `The maximum number of inputs supported in a batch request for property histories is ${maxInputs}`,
    );
  }
  const ids = inputs.map((input) => `${plainText(input["idProperty"])}/${plainText(input["id"])}`);
  if (verb !== "create" && new Set(ids).size !== ids.length) {
    return refusal(400, "VALIDATION_ERROR", "Duplicate IDs found in batch input");
  }
  switch (verb) {
    case "read":
      return readBatch(type, context, body);
    case "create":
      return writeBatch(
        type,
        context,
        body,
        (input) => createObject(context, type, input, by),
        (input) => createError(context, type, input),
        { status: 201 },
      );
    case "update":
      return writeBatch(
        type,
        context,
        body,
        (input) => updateObject(context, type, input, by),
        (input) => updateError(context, type, input),
        { status: 200 },
      );
    case "upsert":
      return writeBatch(
        type,
        context,
        body,
        (input) => upsertObject(context, type, input, by),
        (input) => upsertError(context, type, input),
        { status: 200, tellsNew: true },
      );
    case "archive":
      for (const input of inputs) {
        const stored = findObject(context, type, plainText(input["id"]), undefined);
        if (stored !== undefined) context.store.remove(type.name, stored.id, { by });
      }
      return { status: 204 };
    default:
      return refusal(404, "OBJECT_NOT_FOUND", `No batch operation ${verb}`);
  }
};
