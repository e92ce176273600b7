import { plainText } from "../plain-text.ts";
import type { RecordStore } from "../record-store.ts";
import type { SandboxAnswer, SandboxRequest } from "../sandbox-server.ts";
import { jsonOf } from "../sandbox-server.ts";
import { iso, ok, refusal } from "./answers.ts";
import type { Json } from "./objects.ts";
import { record, rows } from "./objects.ts";
import type { HubspotPortal, ObjectType, PropertyData } from "./portal.ts";
import { propertyOf } from "./portal.ts";

/** `/crm/v3/properties/{type}`: the list, one by name, a new one. */
export const propertyAnswer = (
  request: SandboxRequest,
  type: ObjectType,
  name: string | undefined,
  store: RecordStore,
): SandboxAnswer => {
  const model = ({ readOnly, ...own }: PropertyData): Json => ({
    ...own,
    groupName: `${type.name.slice(0, -1)}information`,
    description: "",
    displayOrder: -1,
    hidden: false,
    formField: false,
    calculated: false,
    externalOptions: false,
    archived: false,
    modificationMetadata: {
      archivable: !own.hubspotDefined,
      readOnlyDefinition: own.hubspotDefined,
      readOnlyValue: readOnly,
    },
  });
  // `/crm/v3/properties/{type}/groups`: what properties are filed under.
  if (name === "groups" && request.method === "POST") {
    const body = record(jsonOf(request));
    const group = { name: plainText(body["name"]), label: plainText(body["label"]) };
    if (group.name === "" || group.label === "") {
      return refusal(400, "VALIDATION_ERROR", "Invalid group: name and label are required");
    }
    if (store.get(`group:${type.name}`, group.name) !== undefined) {
      return refusal(409, "OBJECT_ALREADY_EXISTS", `A group named '${group.name}' already exists.`);
    }
    store.add(`group:${type.name}`, group, { id: group.name });
    return ok({ ...group, displayOrder: -1, archived: false }, 201);
  }
  if (request.method === "POST") {
    const body = record(jsonOf(request));
    const wanted = plainText(body["name"]);
    if (!/^[a-z][a-z0-9_]*$/u.test(wanted) || plainText(body["groupName"]) === "" || plainText(body["label"]) === "") {
      return refusal(400, "VALIDATION_ERROR", "Invalid property: name (lower case), label and groupName are required");
    }
    if (propertyOf(store, type.name, wanted) !== undefined) {
      return refusal(409, "OBJECT_ALREADY_EXISTS", `A property named '${wanted}' already exists.`);
    }
    const created: PropertyData = {
      name: wanted,
      label: plainText(body["label"]),
      type: plainText(body["type"]) || "string",
      fieldType: plainText(body["fieldType"]) || "text",
      hasUniqueValue: body["hasUniqueValue"] === true,
      readOnly: false,
      options: rows(body["options"]).map((option) => ({
        label: plainText(option["label"]),
        value: plainText(option["value"]),
      })),
      hubspotDefined: false,
    };
    store.add(`property:${type.name}`, { ...created }, { id: wanted });
    return ok(model(created), 201);
  }
  if (name !== undefined) {
    const known = propertyOf(store, type.name, name);
    return known === undefined ? refusal(404, "OBJECT_NOT_FOUND", `Property ${name} does not exist`) : ok(model(known));
  }
  return ok({
    results: store.live(`property:${type.name}`).map(({ data }) => model(data as unknown as PropertyData)),
  });
};

const owners = (request: SandboxRequest, store: RecordStore): SandboxAnswer => {
  const limit = Math.min(Number(request.query.get("limit") ?? 100), 500);
  const after = Number(request.query.get("after") ?? 0);
  const all = store.live("owner").filter(({ id }) => Number(id) > after);
  const page = all.slice(0, limit);
  const results = page.map(({ id, data, createdAtMs, updatedAtMs }) => ({
    id,
    ...data,
    userId: Number(id) + 9_000,
    type: "PERSON",
    createdAt: iso(createdAtMs),
    updatedAt: iso(updatedAtMs),
    archived: false,
  }));
  const last = page.at(-1)?.id;
  return ok({ results, ...(all.length > limit && last !== undefined ? { paging: { next: { after: last } } } : {}) });
};

/** Account, owners and pipelines of deals; undefined for any other address. */
export const accountAnswers = (
  request: SandboxRequest,
  store: RecordStore,
  portal: HubspotPortal,
): SandboxAnswer | undefined => {
  const { path } = request;
  if (path === "/account-info/v3/details") {
    return ok({
      portalId: portal.portalId,
      accountType: "STANDARD",
      timeZone: "Europe/Moscow",
      companyCurrency: "RUB",
      additionalCurrencies: [],
      utcOffset: "+03:00",
      utcOffsetMilliseconds: 10_800_000,
      uiDomain: "app.hubspot.com",
      dataHostingLocation: "eu1",
    });
  }
  if (path.replace(/\/$/u, "") === "/crm/v3/owners") return owners(request, store);
  if (!/^\/crm\/v3\/pipelines\/(?:deals|0-3)$/u.test(path)) return undefined;
  const results = store.live("pipeline").map(({ id, data, createdAtMs, updatedAtMs }) => ({
    id,
    ...data,
    archived: false,
    createdAt: iso(createdAtMs),
    updatedAt: iso(updatedAtMs),
  }));
  return ok({ results });
};
