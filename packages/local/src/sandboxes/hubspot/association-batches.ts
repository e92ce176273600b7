import { plainText } from "../plain-text.ts";
import type { Author } from "../record-store.ts";
import type { SandboxAnswer, SandboxRequest } from "../sandbox-server.ts";
import { jsonOf } from "../sandbox-server.ts";
import { iso, ok, refusal } from "./answers.ts";
import type { HubspotContext } from "./objects.ts";
import { record, rows } from "./objects.ts";
import type { ObjectType } from "./portal.ts";
import { associationTypeId } from "./writes.ts";

/** `/crm/v4/associations/{from}/{to}/batch/{read|create|associate/default}`. */
export const associationBatch = (
  request: SandboxRequest,
  from: ObjectType,
  to: ObjectType,
  verb: string,
  { store, associations, clock }: HubspotContext,
  by: Author,
): SandboxAnswer => {
  const inputs = rows(record(jsonOf(request))["inputs"]);
  const at = iso(clock());
  const done = (results: readonly object[], status: number, errors: readonly object[] = []): SandboxAnswer =>
    ok(
      {
        status: "COMPLETE",
        results,
        ...(errors.length === 0 ? {} : { numErrors: errors.length, errors }),
        startedAt: at,
        completedAt: at,
      },
      errors.length === 0 ? status : 207,
    );
  const typeId = associationTypeId(from.name, to.name);
  if (verb === "read") {
    const results: object[] = [];
    const none: string[] = [];
    for (const input of inputs) {
      const id = plainText(input["id"]);
      const ids = associations.of({ type: from.name, id }, to.name);
      if (ids.length === 0) none.push(id);
      else {
        const associationTypes = [{ category: "HUBSPOT_DEFINED", typeId, label: null }];
        results.push({ from: { id }, to: ids.map((other) => ({ toObjectId: Number(other), associationTypes })) });
      }
    }
    const message = `No ${to.name} is associated with ${from.name} ${none.join(", ")}.`;
    const errors =
      none.length === 0
        ? []
        : [
            {
              status: "error",
              category: "OBJECT_NOT_FOUND",
              subCategory: "crm.associations.NO_ASSOCIATIONS_FOUND",
              message,
              context: { fromObjectId: none },
            },
          ];
    return done(results, 200, errors);
  }
  const results: object[] = [];
  for (const input of inputs) {
    const fromId = plainText(record(input["from"])["id"]);
    const toId = plainText(record(input["to"])["id"]);
    if (store.get(from.name, fromId) === undefined || store.get(to.name, toId) === undefined) {
      return refusal(400, "VALIDATION_ERROR", `One of the objects does not exist: ${fromId}, ${toId}`);
    }
    associations.add({ type: from.name, id: fromId }, { type: to.name, id: toId });
    store.edit(from.name, fromId, {}, { by });
    results.push({
      from: { id: fromId },
      to: { id: toId },
      associationSpec: { associationCategory: "HUBSPOT_DEFINED", associationTypeId: typeId },
    });
  }
  return done(results, verb === "create" ? 201 : 200);
};
