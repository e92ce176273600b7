import type { Author } from "../record-store.ts";
import type { SandboxAnswer, SandboxRequest } from "../sandbox-server.ts";
import { jsonOf } from "../sandbox-server.ts";
import { correlationId, ok, refusal } from "./answers.ts";
import type { HubspotContext } from "./objects.ts";
import { asked, findObject, modelOf, record, withAssociations } from "./objects.ts";
import type { ObjectType } from "./portal.ts";
import type { Written } from "./writes.ts";
import { createObject, updateObject } from "./writes.ts";

/** One object by itself: `GET`, `PATCH`, `DELETE /crm/v3/objects/{type}/{id}`, `POST /crm/v3/objects/{type}`. */
export const oneObject = (
  request: SandboxRequest,
  type: ObjectType,
  id: string | undefined,
  context: HubspotContext,
  by: Author,
): SandboxAnswer => {
  const idProperty = request.query.get("idProperty") ?? undefined;
  const properties = asked(request, "properties");
  const answer = (written: Written, status: number): SandboxAnswer =>
    written.stored === undefined
      ? refusal(written.error?.status ?? 500, written.error?.category ?? "", written.error?.message ?? "")
      : ok(modelOf(written.stored, type, context, Object.keys(written.stored.data)), status);
  if (id === undefined) return answer(createObject(context, type, record(jsonOf(request)), by), 201);
  if (request.method === "PATCH") {
    const input = { ...record(jsonOf(request)), id, ...(idProperty === undefined ? {} : { idProperty }) };
    return answer(updateObject(context, type, input, by), 200);
  }
  const stored = findObject(context, type, id, idProperty);
  if (request.method === "DELETE") {
    // Archiving what is gone is no error.
    if (stored !== undefined) context.store.remove(type.name, stored.id, { by });
    return { status: 204 };
  }
  const archived = request.query.get("archived") === "true" ? context.store.get(type.name, id) : undefined;
  const shown = stored ?? (archived?.deletedAtMs === undefined ? undefined : archived);
  if (shown === undefined)
    return { status: 404, body: { status: "error", message: "resource not found", correlationId } };
  return ok({
    ...modelOf(shown, type, context, properties),
    ...withAssociations(shown, type, context, asked(request, "associations")),
  });
};
